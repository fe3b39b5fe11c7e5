import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { TEST_SECRETS_KEY } from '@app/testing';

const run = promisify(execFile);
const pathOf = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const LAUNCHER = pathOf('scripts/run.mjs');
const MAIN = pathOf('dist/apps/cli/src/main.js');

export interface CliRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export type Environment = Readonly<Record<string, string>>;

/** Builds what is stale, so that a spec never runs yesterday's program; no time when nothing is. */
export async function buildProgram(): Promise<void> {
  await run(process.execPath, [LAUNCHER, 'build']);
}

/** The command line as operators have it: a process of its own, knowing only this database. */
export class CliProcess {
  readonly environment: Environment;

  constructor(databaseUrl: string) {
    this.environment = { DATABASE_URL: databaseUrl, SECRETS_KEY: TEST_SECRETS_KEY };
  }

  run(args: readonly string[], environment: Environment = {}): Promise<CliRun> {
    return outcomeOf([MAIN, ...args], { ...this.environment, ...environment });
  }

  /** `onError` gets what is written to standard error, as it is written. */
  watch(args: readonly string[], onError: (text: string) => void): Promise<CliRun> {
    return outcomeOf([MAIN, ...args], this.environment, onError);
  }

  /** As `npm run --silent cli -- …` does. */
  launch(args: readonly string[]): Promise<CliRun> {
    return outcomeOf([LAUNCHER, 'cli', ...args], this.environment);
  }

  /** What a command with `--json` printed; throws where anything else came with it. */
  async json<T>(args: readonly string[], environment?: Environment): Promise<T> {
    const { code, stdout, stderr } = await this.run([...args, '--json'], environment);
    if (code !== 0 || stderr !== '') throw new Error(`exit code ${code}: ${stderr}`);
    return JSON.parse(stdout) as T;
  }
}

async function outcomeOf(
  args: readonly string[],
  env: Environment,
  onError?: (text: string) => void,
): Promise<CliRun> {
  const running = run(process.execPath, args, { env });
  if (onError) running.child.stderr?.on('data', (chunk) => onError(String(chunk)));
  try {
    return { code: 0, ...(await running) };
  } catch (error) {
    const { code, stdout, stderr } = error as Partial<CliRun>;
    if (typeof code !== 'number') throw error;
    return { code, stdout: stdout ?? '', stderr: stderr ?? '' };
  }
}
