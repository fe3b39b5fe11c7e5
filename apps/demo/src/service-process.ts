import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Guard } from './demo-host.interface.js';
import type { Patience } from './patience.js';
import type { Environment } from './process-environment.js';
import { ServiceLog } from './service-log.js';

/** The programs of the service, with what people call them. */
const PROGRAMS = {
  'notification-processor': 'the processor',
  'subscriptions-api': 'the API',
} as const;

export type ServiceProgram = keyof typeof PROGRAMS;

/** A program waits up to 60 s each for broker and database; both are up already. */
const START_LIMIT_MS = 60_000;

/** SHUTDOWN_GRACE_MS of the run is 5 s; what takes longer than this has hung. */
const STOP_PATIENCE_MS = 8_000;
const PROBE_LIMIT_MS = 2_000;
export const HEALTH_PATH = '/health/ready';

export interface ServiceOptions {
  readonly program: ServiceProgram;
  readonly environment: Environment;
  readonly log: ServiceLog;
  readonly guard: Guard;
  /** Called when it ends without having been told to. */
  readonly onLost: (reason: string) => void;
}

/** A program of the service as a process of its own, which ends with this process however that ends. */
export class ServiceProcess {
  /** For people. */
  readonly name: string;
  readonly log: ServiceLog;
  private readonly child: ChildProcess;
  private readonly ended: Promise<string>;
  private stopping = false;
  private lost = false;

  constructor(options: ServiceOptions) {
    this.name = PROGRAMS[options.program];
    this.log = options.log;
    const main = new URL(`../../${options.program}/src/main.js`, import.meta.url);
    const output = openSync(options.log.path, 'w', 0o600);
    this.child = spawn(process.execPath, [fileURLToPath(main)], {
      env: options.environment,
      stdio: ['ignore', output, output],
      // In its own session: Ctrl-C belongs to the demonstration, which then stops it in order.
      detached: true,
    });
    closeSync(output);
    const { pid } = this.child;
    const guard = pid === undefined ? undefined : options.guard(pid, 'SIGTERM');
    this.ended = new Promise((resolve) => {
      const end = (how: string): void => {
        guard?.release();
        resolve(how);
        if (this.stopping) return;
        this.lost = true;
        options.onLost(`${this.name} ended by itself: ${how}`);
      };
      this.child.once('error', ({ message }) => end(message));
      this.child.once('exit', (code, signal) => end(signal ?? `exit code ${code}`));
    });
  }

  /** It ended without having been told to. */
  get wasLost(): boolean {
    return this.lost;
  }

  /** Resolves with its address, without a path, once its health check says that it does its work. */
  async ready(patience: Patience): Promise<string> {
    let missing = 'it has not opened its port yet';
    const answer = async (): Promise<string | undefined> => {
      const url = this.log.find('service.started')?.['url'];
      if (typeof url !== 'string') return undefined;
      const address = `http://127.0.0.1:${new URL(url).port}`;
      const limit = AbortSignal.timeout(PROBE_LIMIT_MS);
      const health = await fetch(address + HEALTH_PATH, { signal: limit }).catch(() => undefined);
      missing = health ? await health.text() : 'its health check does not answer';
      return health?.ok ? address : undefined;
    };
    const seen = (): string => missing;
    return patience.until(answer, { what: this.name, limitMs: START_LIMIT_MS, seen });
  }

  /** SIGTERM, and SIGKILL if it does not end in time. @returns how it ended. */
  async stop(): Promise<string> {
    this.stopping = true;
    this.child.kill('SIGTERM');
    const late = pause(STOP_PATIENCE_MS, undefined, { ref: false }).then(() => undefined);
    const how = await Promise.race([this.ended, late]);
    if (how !== undefined) return how;
    this.kill();
    await this.ended;
    return `SIGKILL, because it went on for ${STOP_PATIENCE_MS / 1_000} s after SIGTERM`;
  }

  /** As a crash would. */
  kill(): void {
    this.child.kill('SIGKILL');
  }
}
