import { parseArgs } from 'node:util';
import type { Scenario } from './scenarios/scenario.js';

export interface BenchOptions {
  /** Names of scenarios; all of them in their order when none was asked for. */
  readonly only: readonly string[];
  /** Undefined is one line after the table; `-` is standard output, which then carries nothing else. */
  readonly json: string | undefined;
  readonly repeat: number;
  /** Records of a drain over many queues; a single queue gets a 25th of them. */
  readonly records: number;
  /** Directory for the service's CPU profiles. */
  readonly profile: string | undefined;
}

export type Request =
  | { readonly kind: 'run'; readonly options: BenchOptions }
  | { readonly kind: 'help' | 'list' }
  | { readonly kind: 'refused'; readonly reason: string };

/** Enough for the compiler's warm-up not to be what is measured: some 10 s. */
const DEFAULT_RECORDS = 50_000;
const MAX_RECORDS = 1_000_000;
const MAX_REPEAT = 100;

export function usage(scenarios: readonly Scenario[]): string {
  return `usage: npm run bench [-- OPTION…]

Measures the service on a real Kafka and a real PostgreSQL (KAFKA_BROKERS and DATABASE_URL, or else
servers started for the occasion), each figure beside what the machine can do in the same run. Works
in topics and databases of its own and removes them. The table and, as its last line, the same figures
as JSON go to standard output, progress to standard error. The exit code is 0 whether goals are met or
not, 1 when a message was lost, doubled or overtaken, when a webhook was lost or doubled or matched
wrongly, or when a step failed, 2 for wrong options.

  --only NAME      this scenario, may be repeated; all by default:
${scenarios.map(({ name, about }) => `                     ${name.padEnd(15)}${about}`).join('\n')}
  --list           the names of the scenarios
  --json FILE      the JSON into a file; - is standard output, the table then goes to standard error
  --repeat N       all of it N times in turn: median and spread instead of one value (1)
  --records N      of the drain over 100 queues (${DEFAULT_RECORDS}); over one queue a 25th of it
  --profile DIR    CPU profiles of the service, one a scenario (slows it down by some 10 %)
  --help           this text

Variables of the service (DELIVERY_CONCURRENCY, LOG_LEVEL, …) are handed on to it.
`;
}

export function parseRequest(args: readonly string[], names: readonly string[]): Request {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        only: { type: 'string', multiple: true, default: [] },
        list: { type: 'boolean', default: false },
        json: { type: 'string' },
        repeat: { type: 'string', default: '1' },
        records: { type: 'string', default: String(DEFAULT_RECORDS) },
        profile: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.help) return { kind: 'help' };
    if (values.list) return { kind: 'list' };
    const unknown = values.only.find((name) => !names.includes(name));
    if (unknown !== undefined) return refused(`there is no scenario '${unknown}'`);
    const repeat = wholeNumber(values.repeat, MAX_REPEAT);
    if (repeat === undefined) return refused(`--repeat takes 1 to ${MAX_REPEAT}`);
    const records = wholeNumber(values.records, MAX_RECORDS);
    if (records === undefined) return refused(`--records takes 1 to ${MAX_RECORDS}`);
    const { only, json, profile } = values;
    return { kind: 'run', options: { only, json, repeat, records, profile } };
  } catch (error) {
    return refused(error instanceof Error ? error.message : String(error));
  }
}

function refused(reason: string): Request {
  return { kind: 'refused', reason };
}

function wholeNumber(text: string, most: number): number | undefined {
  const value = Number(text);
  return /^\d+$/.test(text) && value >= 1 && value <= most ? value : undefined;
}
