import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { guardProcess, projectRoot, resolveInfrastructure } from '@app/testing/infrastructure';
import { exitCodeOf, withVitestFailure, type TestCounts } from './test-results.js';

/** For workers to end after their parent was told to. */
const STOP_PATIENCE_MS = 10_000;

const log = (line: string): void => void process.stderr.write(`${line}\n`);
const results = mkdtempSync(join(tmpdir(), 'test-results-'));
const resultFile = join(results, 'counts.json');

const interrupted = Promise.race(['SIGINT', 'SIGTERM', 'SIGHUP'].map((s) => once(process, s))).then(
  () => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});
  },
);
const vitestExitCode = await runTests().catch((error: Error) => {
  log(error.message);
  return 1;
});
const counts = withVitestFailure(readCounts(), vitestExitCode);
rmSync(results, { recursive: true, force: true });
process.stdout.write(`${counts.passed} passed, ${counts.failed} failed\n`, () =>
  process.exit(exitCodeOf(counts, vitestExitCode)),
);

/** Resolves with vitest's exit code when everything that was started is stopped again. */
async function runTests(): Promise<number> {
  const resolving = resolveInfrastructure({ purpose: 'test', log });
  const infrastructure = await Promise.race([resolving, interrupted]);
  // Servers that are still starting end with this process.
  if (!infrastructure) throw new Error('interrupted');
  log(infrastructure.describe);
  const { brokers, databaseUrl } = infrastructure;
  try {
    return await runVitest({
      TEST_INFRASTRUCTURE: JSON.stringify({ brokers, databaseUrl }),
      TEST_RESULT_FILE: resultFile,
    });
  } finally {
    await infrastructure.stop();
  }
}

async function runVitest(environment: NodeJS.ProcessEnv): Promise<number> {
  const root = projectRoot();
  const reporters = ['default', join(root, 'dist/scripts/test-reporter.js')];
  const vitest = spawn(
    process.execPath,
    [
      join(root, 'node_modules/vitest/vitest.mjs'),
      'run',
      ...reporters.map((reporter) => `--reporter=${reporter}`),
      ...process.argv.slice(2),
    ],
    { cwd: root, env: { ...process.env, ...environment }, stdio: 'inherit' },
  );
  const guard = vitest.pid ? guardProcess(vitest.pid, 'SIGTERM') : undefined;
  const exited = once(vitest, 'exit') as Promise<[number | null]>;
  await Promise.race([exited, interrupted]);
  vitest.kill('SIGTERM');
  await Promise.race([exited, delay(STOP_PATIENCE_MS, undefined, { ref: false })]);
  vitest.kill('SIGKILL');
  const [code] = await exited;
  guard?.release();
  await guard?.ended;
  return code ?? 1;
}

function readCounts(): TestCounts | undefined {
  try {
    return JSON.parse(readFileSync(resultFile, 'utf8')) as TestCounts;
  } catch {
    return undefined;
  }
}
