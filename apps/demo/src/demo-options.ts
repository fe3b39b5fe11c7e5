import { parseArgs } from 'node:util';

/**
 * What can be broken on purpose, to see that the demonstration is able to fail: a check that always
 * passes shows nothing.
 */
export const SPOILS = {
  secret: 'the receivers check signatures with another secret',
  forgery: 'the receivers take whatever comes, signed or not',
  order: 'a receiver loses the order of two deliveries',
  service: 'the service is killed in the middle',
} as const;

export type Spoil = keyof typeof SPOILS;

export interface DemoOptions {
  /** Keep everything running after the summary, until Ctrl-C. */
  readonly stay: boolean;
  readonly spoil: Spoil | undefined;
}

export type Request =
  | { readonly kind: 'run'; readonly options: DemoOptions }
  | { readonly kind: 'help' }
  | { readonly kind: 'refused'; readonly reason: string };

export const USAGE = `usage: npm run demo [-- --stay] [-- --spoil WHAT]

Shows the whole pipeline on real servers and ends by itself: exit code 0 if all that was promised
held, 1 if something did not. Kafka and PostgreSQL are those of KAFKA_BROKERS and DATABASE_URL, or
else started for the occasion; on given servers it works in topics and a database of its own and
removes them at the end.

  --stay         keep it up after the summary, with the addresses to play with; Ctrl-C ends it
  --spoil WHAT   break one thing, to see that it is noticed (the exit code is then 1):
${Object.entries(SPOILS)
  .map(([name, what]) => `                   ${name.padEnd(9)}${what}`)
  .join('\n')}
  --help         this text
`;

export function parseRequest(args: readonly string[]): Request {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        stay: { type: 'boolean', default: false },
        spoil: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.help) return { kind: 'help' };
    const { stay, spoil } = values;
    if (spoil !== undefined && !isSpoil(spoil)) {
      return { kind: 'refused', reason: `--spoil cannot be '${spoil}'` };
    }
    return { kind: 'run', options: { stay, spoil } };
  } catch (error) {
    return { kind: 'refused', reason: error instanceof Error ? error.message : String(error) };
  }
}

function isSpoil(name: string): name is Spoil {
  return Object.hasOwn(SPOILS, name);
}
