import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reportText, timelineAround } from '@app/testing';
import { argumentsOf, parseRequest, usage } from '../chaos/options.js';
import { MUTATIONS } from '../chaos/mutations/mutations.js';
import { proveMutation } from '../chaos/mutations/prove-mutations.js';
import { runChaos, type ChaosOptions, type ChaosResult } from '../chaos/run/chaos-run.js';
import { trendText } from '../chaos/run/resource-watch.js';
import { scheduleOf } from '../chaos/schedule/schedule.js';

/** As a shell reports a program that a signal ended. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

const log = (line: string): void => void process.stderr.write(`${line}\n`);
const say = (text: string): void => void process.stdout.write(`${text}\n`);

process.exit(await main());

async function main(): Promise<number> {
  const request = parseRequest(process.argv.slice(2));
  switch (request.kind) {
    case 'help':
      process.stdout.write(usage());
      return 0;
    case 'refused':
      process.stderr.write(`${request.reason}\n${usage()}`);
      return 2;
    case 'plan':
      plan(request.run);
      return 0;
    case 'mutations':
      return proveMutations(request.names);
    case 'run':
      return runAll(request.runs);
  }
}

function plan(run: ChaosOptions): void {
  say(`seed ${run.seed}`);
  for (const { at, kind, forMs } of scheduleOf({ ...run, durationMs: run.minutes * 60_000 }))
    say(`${(at / 1000).toFixed(1).padStart(7)} s  ${kind} (${forMs} ms)`);
}

async function runAll(runs: readonly ChaosOptions[]): Promise<number> {
  // Guards end the servers and the replicas.
  for (const [signal, code] of Object.entries(EXIT_CODES))
    process.once(signal, () => process.exit(code));
  let failed = 0;
  for (const run of runs) {
    say(
      `seed ${run.seed}: ${run.minutes} min, ${run.replicas} replicas, ${run.queues} queues, ${run.rate} records/s`,
    );
    const result = await runChaos(run, log);
    say(reportText(result.report));
    for (const trend of result.trends) say(trendText(trend));
    const isFlat = result.trends.every((trend) => trend.isFlat);
    if (result.report.verdicts.length === 0 && isFlat) continue;
    failed += 1;
    tellWhy(run, result);
  }
  if (runs.length > 1) say(`${runs.length - failed} of ${runs.length} seeds without a verdict`);
  return failed === 0 ? 0 : 1;
}

async function proveMutations(names: readonly string[]): Promise<number> {
  const chosen = MUTATIONS.filter(({ name }) => names.length === 0 || names.includes(name));
  let missed = 0;
  for (const mutation of chosen) {
    log(`${mutation.name}: ${mutation.about} …`);
    const { isCaught, seconds, output } = await proveMutation(mutation);
    say(`${mutation.name.padEnd(22)} ${isCaught ? 'caught' : 'NOT CAUGHT'} (${seconds} s)`);
    if (isCaught) continue;
    missed += 1;
    say(output);
  }
  return missed === 0 ? 0 : 1;
}

function tellWhy(run: ChaosOptions, { input, startedAt, report, logs }: ChaosResult): void {
  const [first] = report.verdicts;
  if (first) say(timelineAround(input, first, { startedAt }));
  const directory = mkdtempSync(join(tmpdir(), 'webhooks-chaos-'));
  for (const [name, text] of logs) writeFileSync(join(directory, `${name}.log`), text);
  writeFileSync(
    join(directory, 'verdicts.json'),
    JSON.stringify({ run, verdicts: report.verdicts, faults: input.faults }, undefined, 2),
  );
  say(`again: npm run test:chaos -- ${argumentsOf(run).join(' ')}`);
  say(`logs of the replicas and all verdicts: ${directory}`);
}
