import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { guardProcess } from '../infrastructure/process-guard.js';
import { waitFor } from '../wait-for.js';
import { compiledProgram, type Program } from './compiled-program.js';
import { recordSecretVariables } from './printed-record.js';
import { runningServices } from './running-services.js';
import { ServiceLog } from './service-log.js';

/** Variables of the service; `undefined` takes one away that would be set otherwise. */
export type ServiceEnvironment = Readonly<Record<string, string | undefined>>;

export interface ServiceExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface HealthAnswer {
  readonly status: number;
  readonly body: unknown;
}

export interface StartWaitOptions {
  /** 30,000 when not given. */
  readonly timeoutMs?: number;
}

const START_LIMIT_MS = 30_000;

/** A bit more than the grace period that the service has by default. */
const STOP_LIMIT_MS = 30_000;

/**
 * The service as users run it: the compiled program in a process of its own. It sees the given
 * variables and nothing of the environment of the tests, and it never outlives them.
 */
export class ServiceProcess {
  readonly log = new ServiceLog();
  /** Resolves when the process is gone and everything that it printed was read. */
  readonly exited: Promise<ServiceExit>;
  readonly #child: ChildProcess;
  #hasExited = false;

  private constructor(environment: ServiceEnvironment, program: Program) {
    const env: NodeJS.ProcessEnv = { PATH: process.env.PATH };
    for (const [name, value] of Object.entries(environment))
      if (value !== undefined) env[name] = value;
    recordSecretVariables(environment);
    const child = spawn(process.execPath, [compiledProgram(program)], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    this.exited = this.#watch(child);
    runningServices.add(this);
  }

  /** Returns at once; `started` waits. */
  static launch(
    environment: ServiceEnvironment,
    program: Program = 'notification-processor',
  ): ServiceProcess {
    return new ServiceProcess(environment, program);
  }

  get pid(): number {
    const { pid } = this.#child;
    if (pid === undefined) throw new Error('The service could not be spawned.');
    return pid;
  }

  get hasExited(): boolean {
    return this.#hasExited;
  }

  /** Where it answers health checks. @throws Error before it has started. */
  get url(): string {
    const url = this.log.of('service.started').at(-1)?.['url'];
    if (typeof url !== 'string') throw new Error('The service has not said its address yet.');
    return url.replace('[::1]', '127.0.0.1').replace('[::]', '127.0.0.1');
  }

  /** Waits until it consumes and delivers. @throws Error where it ends instead, with its last lines. */
  async started({ timeoutMs = START_LIMIT_MS }: StartWaitOptions = {}): Promise<this> {
    const ended = this.exited.then(({ code, signal }): never => {
      throw new Error(
        `The service ended (${code ?? signal}) before it was ready; ${this.log.tail()}`,
      );
    });
    const ready = this.log.waitFor('service.started', { timeoutMs }).then(() =>
      waitFor(async () => (await this.health('ready')).status === 200, {
        timeoutMs,
        describe: () => this.health('ready'),
      }),
    );
    // Whichever loses this race may still reject, and nobody listens then.
    ready.catch(() => undefined);
    ended.catch(() => undefined);
    await Promise.race([ready, ended]);
    return this;
  }

  async health(check: 'live' | 'ready', url = this.url): Promise<HealthAnswer> {
    const answer = await fetch(`${url}/health/${check}`);
    return { status: answer.status, body: await answer.json() };
  }

  /** As an orchestrator does it: SIGTERM. SIGKILL and an error where that does not end it. */
  async stop(): Promise<ServiceExit> {
    this.kill('SIGTERM');
    const timer = setTimeout(() => this.kill('SIGKILL'), STOP_LIMIT_MS);
    const exit = await this.exited;
    clearTimeout(timer);
    if (exit.signal === 'SIGKILL') throw new Error(`SIGTERM did not end it; ${this.log.tail()}`);
    return exit;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async #watch(child: ChildProcess): Promise<ServiceExit> {
    const { stdout, stderr, pid } = child;
    if (!stdout || !stderr || pid === undefined)
      throw new Error('The service could not be spawned.');
    const guard = guardProcess(pid, 'SIGKILL');
    const reading = [this.log.read(stdout), this.log.read(stderr)];
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    guard.release();
    await Promise.all(reading);
    this.#hasExited = true;
    this.log.complete();
    return { code, signal };
  }
}
