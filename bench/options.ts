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
  /** Only ratios of a few short scenarios. */
  readonly smoke: boolean;
  /** File for the table with what it was measured on. */
  readonly results: string | undefined;
  /** Directory for the service's CPU profiles. */
  readonly profile: string | undefined;
}

export type Request =
  | { readonly kind: 'run'; readonly options: BenchOptions }
  | { readonly kind: 'help' | 'list' }
  | { readonly kind: 'refused'; readonly reason: string };

/** Enough for the compiler's warm-up not to be what is measured: some 10 s. */
const DEFAULT_RECORDS = 50_000;
const SMOKE_RECORDS = 10_000;
const MAX_RECORDS = 1_000_000;
const DEFAULT_REPEAT = 3;
const MAX_REPEAT = 100;

/** Beside the sources, so that it is committed with them. */
const RESULTS = 'bench/RESULTS.md';

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
  --repeat N       all of it N times in turn: median and spread (${DEFAULT_REPEAT}; with --only or --smoke 1)
  --records N      of a drain over many queues (${DEFAULT_RECORDS}); other scenarios take parts of it
  --smoke          a minute's worth of it, and only figures that compare two of the same run
  --results FILE   the table with date, commit and machine (${RESULTS}; with --only or --smoke none)
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
        repeat: { type: 'string' },
        records: { type: 'string' },
        smoke: { type: 'boolean', default: false },
        results: { type: 'string' },
        profile: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.help) return { kind: 'help' };
    if (values.list) return { kind: 'list' };
    const unknown = values.only.find((name) => !names.includes(name));
    if (unknown !== undefined) return refused(`there is no scenario '${unknown}'`);
    const { only, json, profile, smoke } = values;
    if (smoke && only.length > 0) return refused('--smoke has its own scenarios: leave out --only');
    const isPart = smoke || only.length > 0;
    const repeat = wholeNumber(values.repeat ?? (isPart ? 1 : DEFAULT_REPEAT), MAX_REPEAT);
    if (repeat === undefined) return refused(`--repeat takes 1 to ${MAX_REPEAT}`);
    const records = wholeNumber(
      values.records ?? (smoke ? SMOKE_RECORDS : DEFAULT_RECORDS),
      MAX_RECORDS,
    );
    if (records === undefined) return refused(`--records takes 1 to ${MAX_RECORDS}`);
    const results = values.results ?? (isPart ? undefined : RESULTS);
    const options = { only, json, repeat, records, smoke, results, profile };
    return { kind: 'run', options };
  } catch (error) {
    return refused(error instanceof Error ? error.message : String(error));
  }
}

function refused(reason: string): Request {
  return { kind: 'refused', reason };
}

function wholeNumber(text: string | number, most: number): number | undefined {
  const value = Number(text);
  return /^\d+$/.test(String(text)) && value >= 1 && value <= most ? value : undefined;
}
