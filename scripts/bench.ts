import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runBench } from '../bench/bench.js';
import { parseRequest, usage, type BenchOptions } from '../bench/options.js';
import { SCENARIOS, SMOKE } from '../bench/scenarios/scenarios.js';
import { guardProcess, resolveInfrastructure } from '@app/testing/infrastructure';

/** As a shell reports a program that a signal ended. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

const log = (line: string): void => void process.stderr.write(`${line}\n`);

process.exit(await main());

async function main(): Promise<number> {
  const names = SCENARIOS.map(({ name }) => name);
  const request = parseRequest(process.argv.slice(2), names);
  if (request.kind === 'run') return run(request.options);
  if (request.kind === 'refused') {
    process.stderr.write(`${request.reason}\n${usage(SCENARIOS)}`);
    return 2;
  }
  process.stdout.write(request.kind === 'help' ? usage(SCENARIOS) : `${names.join('\n')}\n`);
  return 0;
}

async function run(bench: BenchOptions): Promise<number> {
  // Guards end the servers and the service, and the other parts end with their channel to here.
  for (const [signal, code] of Object.entries(EXIT_CODES))
    process.once(signal, () => process.exit(code));
  const directory = mkdtempSync(join(tmpdir(), 'webhooks-bench-'));
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
  try {
    const servers = await resolveInfrastructure({ purpose: 'bench', log });
    log(servers.describe);
    try {
      await runBench(
        bench.smoke
          ? SMOKE
          : SCENARIOS.filter(({ name, onDemand }) =>
              bench.only.length === 0 ? !onDemand : bench.only.includes(name),
            ),
        { servers, bench, environment: process.env, directory, guard: guardProcess, say: log },
        { result: (text) => void process.stdout.write(text), progress: log },
      );
    } finally {
      await servers.stop();
    }
    return 0;
  } catch (error) {
    log(error instanceof Error ? error.message : String(error));
    return 1;
  }
}
