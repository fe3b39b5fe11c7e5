import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { guardProcess } from '@app/testing/infrastructure';

const POLL_MS = 100;
const PROBE_LIMIT_MS = 2_000;

export interface ProgramToStart {
  /** For people: "the subscriptions API". */
  readonly name: string;
  /** The compiled main file. */
  readonly file: string;
  readonly environment: NodeJS.ProcessEnv;
}

/** A program of the service as a process, which ends with this one however that ends. */
export class StartedProgram {
  readonly name: string;
  /** Resolves with its exit code, 1 where a signal ended it: a program that was killed has failed. */
  readonly ended: Promise<number>;
  private readonly child: ChildProcess;

  constructor({ name, file, environment }: ProgramToStart) {
    this.name = name;
    this.child = spawn(process.execPath, [file], {
      env: environment,
      stdio: 'inherit',
      // In its own session: it gets one signal, from here, also on Ctrl-C.
      detached: true,
    });
    const { pid } = this.child;
    const guard = pid === undefined ? undefined : guardProcess(pid, 'SIGTERM');
    this.ended = exitCode(this.child).finally(() => guard?.release());
  }

  /** How it ended, for people; undefined while it runs. */
  get end(): string | undefined {
    const { exitCode: code, signalCode } = this.child;
    if (signalCode !== null) return signalCode;
    return code === null ? undefined : `exit code ${code}`;
  }

  /** Resolves with true once its health check answers so, with false if it ends before. */
  async ready(health: string): Promise<boolean> {
    while (!(await isReady(health))) {
      if (this.end !== undefined) return false;
      await delay(POLL_MS);
    }
    return true;
  }

  /** SIGTERM, and SIGKILL if it goes on for longer than this. @returns its exit code. */
  async stop(graceMs: number): Promise<number> {
    this.child.kill('SIGTERM');
    await Promise.race([this.ended, delay(graceMs, undefined, { ref: false })]);
    this.child.kill('SIGKILL');
    return this.ended;
  }
}

async function exitCode(child: ChildProcess): Promise<number> {
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}

async function isReady(health: string): Promise<boolean> {
  try {
    return (await fetch(health, { signal: AbortSignal.timeout(PROBE_LIMIT_MS) })).ok;
  } catch {
    return false;
  }
}
