import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { MUTATIONS } from './mutations/mutations.js';
import type { ChaosOptions } from './run/chaos-run.js';
import { FAULT_KINDS, FAULT_NAMES } from './schedule/fault-kinds.js';

export type Request =
  /** One run for each seed, with otherwise the same. */
  | { readonly kind: 'run'; readonly runs: readonly ChaosOptions[] }
  | { readonly kind: 'plan'; readonly run: ChaosOptions }
  /** Names of mutations; all when empty. */
  | { readonly kind: 'mutations'; readonly names: readonly string[] }
  | { readonly kind: 'help' }
  | { readonly kind: 'refused'; readonly reason: string };

const DEFAULTS = { minutes: 1, replicas: 3, queues: 200, rate: 60, seeds: 1 };
const MOST = { minutes: 1_440, replicas: 10, queues: 5_000, rate: 5_000, seeds: 1_000 };

export function usage(): string {
  return `usage: npm run test:chaos [-- OPTION…]

Runs replicas of the service on a Kafka and a PostgreSQL of its own, with receivers and load, does faults to
all of them at random, and lets an independent verifier decide from what Kafka acknowledged, what receivers
got and what the tables say: nothing lost, nothing overtaken, no repetition without a fault that explains it.
The report goes to standard output, progress to standard error. The exit code is 0 where there is no
verdict, 1 where there is one (with a timeline around the first), 2 for wrong options. A run of three minutes
or more says, too, whether memory, files, connections, the write-ahead log, the backlog and the event loop are flat at the end.

  --seed TEXT      the same faults at the same times; a fresh one when not given
  --seeds N        so many runs in a row, with fresh seeds or with TEXT-1 to TEXT-N (${DEFAULTS.seeds})
  --minutes N      how long faults come, 0.1 to ${MOST.minutes} (${DEFAULTS.minutes})
  --replicas N     1 to ${MOST.replicas} (${DEFAULTS.replicas})
  --queues N       20 to ${MOST.queues} (${DEFAULTS.queues})
  --rate N         records a second (${DEFAULTS.rate})
  --only NAME      this kind of fault, may be repeated; all by default:
${FAULT_NAMES.map((name) => `                     ${name.padEnd(22)}${FAULT_KINDS[name].about}`).join('\n')}
  --mutations      instead: takes one protection after the other out of a copy of the project, and sees that
                   tests fail and say why; --only NAME, may be repeated, takes out that one:
${MUTATIONS.map(({ name, about }) => `                     ${name.padEnd(22)}${about}`).join('\n')}
  --plan           prints what would be done and when, and does nothing
  --help           this text
`;
}

export function parseRequest(args: readonly string[]): Request {
  try {
    const values = valuesOf(args);
    if (values.help) return { kind: 'help' };
    if (values.mutations) return mutationsOf(values.only);
    refuseUnknown(values.only, FAULT_NAMES, 'fault');
    const kinds = FAULT_NAMES.filter(
      (name) => values.only.length === 0 || values.only.includes(name),
    );
    const common = {
      minutes: numberOf('minutes', values.minutes, 0.1),
      replicas: wholeOf('replicas', values.replicas, 1),
      queues: wholeOf('queues', values.queues, 20),
      rate: wholeOf('rate', values.rate, 1),
      kinds,
    };
    const runs = seedsOf(values.seed, wholeOf('seeds', values.seeds, 1)).map((seed) => ({
      ...common,
      seed,
    }));
    const [run] = runs;
    return values.plan && run ? { kind: 'plan', run } : { kind: 'run', runs };
  } catch (error) {
    return { kind: 'refused', reason: error instanceof Error ? error.message : String(error) };
  }
}

/** The options that ask for this run. */
export function argumentsOf({ kinds, ...run }: ChaosOptions): string[] {
  const plain = Object.entries(run).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const isSome = kinds.length < FAULT_NAMES.length;
  return [...plain, ...(isSome ? kinds.flatMap((kind) => ['--only', kind]) : [])];
}

function valuesOf(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: 'string' },
      seeds: { type: 'string' },
      minutes: { type: 'string' },
      replicas: { type: 'string' },
      queues: { type: 'string' },
      rate: { type: 'string' },
      only: { type: 'string', multiple: true, default: [] },
      plan: { type: 'boolean', default: false },
      mutations: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  return values;
}

function mutationsOf(names: readonly string[]): Request {
  refuseUnknown(
    names,
    MUTATIONS.map(({ name }) => name),
    'mutation',
  );
  return { kind: 'mutations', names };
}

function refuseUnknown(names: readonly string[], known: readonly string[], what: string): void {
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`there is no ${what} '${unknown}'`);
}

function seedsOf(seed: string | undefined, count: number): string[] {
  if (seed !== undefined && count === 1) return [seed];
  return Array.from({ length: count }, (_, index) =>
    seed === undefined ? randomBytes(4).toString('hex') : `${seed}-${index + 1}`,
  );
}

function numberOf(name: keyof typeof DEFAULTS, text: string | undefined, least: number): number {
  const value = Number(text ?? DEFAULTS[name]);
  if (!(value >= least && value <= MOST[name]))
    throw new Error(`--${name} takes ${least} to ${MOST[name]}`);
  return value;
}

function wholeOf(name: keyof typeof DEFAULTS, text: string | undefined, least: number): number {
  const value = numberOf(name, text, least);
  if (!Number.isInteger(value)) throw new Error(`--${name} takes a whole number`);
  return value;
}
