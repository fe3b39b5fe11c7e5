import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { serverSettings } from './bench-database.store.js';
import { BenchStage, type StageOptions } from './bench-stage.js';
import { figuresOf } from './report/figure.js';
import { resultsOf } from './report/results.js';
import { tableOf } from './report/table.js';
import type { Measurement, Scenario } from './scenarios/scenario.js';

export interface BenchOutput {
  /** What the caller asked for on standard output. */
  readonly result: (text: string) => void;
  readonly progress: (text: string) => void;
}

/**
 * Runs the scenarios in turn, all of them once before any a second time, so that a machine that
 * slows down in between slows down all of them. Always leaves nothing behind.
 *
 * @throws BenchFailedError with what went wrong; the figures so far are printed before.
 */
export async function runBench(
  scenarios: readonly Scenario[],
  options: StageOptions,
  output: BenchOutput,
): Promise<void> {
  const runs = new Map(scenarios.map((scenario) => [scenario, [] as Measurement[][]]));
  const stage = await BenchStage.open(options);
  try {
    for (let run = 1; run <= options.bench.repeat; run += 1) {
      for (const scenario of scenarios) {
        if (scenario.once && run > 1) continue;
        stage.say(`${scenario.name}: run ${run} of ${options.bench.repeat}`);
        try {
          runs.get(scenario)?.push(await scenario.run(stage));
        } finally {
          await stage.strike();
        }
      }
    }
  } finally {
    await stage.close();
    await report(runs, options, output);
  }
}

async function report(
  runs: ReadonlyMap<Scenario, Measurement[][]>,
  { bench, servers }: StageOptions,
  { result, progress }: BenchOutput,
): Promise<void> {
  const all = [...runs].flatMap(([{ name }, measured]) => figuresOf(name, measured));
  const figures = bench.smoke ? all.filter(({ unit }) => unit === '') : all;
  const postgres = await serverSettings(servers.databaseUrl);
  const machine = {
    date: new Date().toISOString(),
    commit: commit(),
    node: process.version,
    system: `${process.platform} ${release()} ${process.arch}`,
    cores: cpus().length,
    postgres: postgres.version,
    durable: postgres.durable,
  };
  const table = `${tableOf(figures)}${notes([...runs.keys()], machine)}`;
  if (bench.json === '-') progress(table);
  else result(table);
  if (bench.results !== undefined) {
    writeFileSync(bench.results, resultsOf({ ...machine, repeat: bench.repeat }, table));
  }
  const json = { ...machine, repeat: bench.repeat, figures };
  if (bench.json === undefined) result(`${JSON.stringify(json)}\n`);
  else if (bench.json === '-') result(`${JSON.stringify(json, undefined, 2)}\n`);
  else writeFileSync(bench.json, `${JSON.stringify(json, undefined, 2)}\n`);
}

/** Of the sources that were measured; a plus where they were changed since. */
function commit(): string {
  const git = (...args: string[]): string =>
    execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    const isChanged = git('status', '--porcelain', '--', 'apps', 'libs') !== '';
    return `${git('rev-parse', '--short=10', 'HEAD')}${isChanged ? '+' : ''}`;
  } catch {
    return 'unknown';
  }
}

function notes(
  scenarios: readonly Scenario[],
  machine: { node: string; cores: number; postgres: string; durable: boolean },
): string {
  const { node, cores, postgres, durable } = machine;
  const durability = durable ? 'durability on' : 'DURABILITY OFF: figures are too good';
  const said = new Map(scenarios.map(({ name, note }) => [note, name.replace(/-\d+$/, '')]));
  const lines = [...said].map(([note, name]) => `${name}: ${note}.`);
  return [
    '',
    `Node ${node}, PostgreSQL ${postgres} (${durability}), ${cores} cores for all of it; records of 1,000 bytes.`,
    ...lines,
    '',
  ].join('\n');
}
