import { spawn, type ChildProcess, type SpawnOptions, type StdioOptions } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { ServerStartError } from './infrastructure.errors.js';
import type { LocalServer } from './local-server.interface.js';
import { guardProcess } from './process-guard.js';

export interface ServerCommand {
  description: string;
  port: number;
  file: string;
  args: string[];
  logFile: string;
  /** Signals in the order in which they are tried, with the time in ms that each one is given. */
  stopSignals: [NodeJS.Signals, number][];
  /** The one that leaves nothing behind without anybody waiting for it. */
  abandonSignal: NodeJS.Signals;
  /** How often a launch that ends at once is repeated before it counts as failed. */
  relaunches: number;
  /** Removed when the server is disposed of or abandoned. */
  throwAway?: string;
  beforeLaunch?: () => Promise<void>;
  /** Rejects as long as the server does not answer its protocol. */
  probe: () => Promise<void>;
  readyTimeoutMs: number;
  spawnOptions: SpawnOptions;
}

const LOG_TAIL_CHARACTERS = 2_000;
const PROBE_PAUSE_MS = 50;
const RELAUNCH_PAUSE_MS = 300;
const ABANDON_PATIENCE_MS = 5_000;

/** One server as a child process that never outlives this process. */
export class ServerProcess implements LocalServer {
  readonly description: string;
  readonly port: number;
  private child: ChildProcess | undefined;
  private exited: Promise<void> = Promise.resolve();
  private expectedToRun = false;
  private readonly listeners: ((reason: string) => void)[] = [];

  constructor(private readonly command: ServerCommand) {
    this.description = command.description;
    this.port = command.port;
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  onUnexpectedEnd(listener: (reason: string) => void): void {
    this.listeners.push(listener);
  }

  /** @throws ServerStartError when it ends, or does not answer in time; nothing is left running then. */
  async start(): Promise<void> {
    const deadline = Date.now() + this.command.readyTimeoutMs;
    for (let left = this.command.relaunches; ; left--) {
      if (this.pid === undefined) await this.launch();
      if (await this.answersBefore(deadline)) break;
      if (this.pid !== undefined) {
        await this.kill();
        throw this.failure(`did not answer within ${this.command.readyTimeoutMs / 1000} s`);
      }
      if (left <= 0) throw this.failure('ended before it answered');
      await delay(RELAUNCH_PAUSE_MS);
    }
    this.expectedToRun = true;
  }

  async stop(): Promise<void> {
    await this.end(this.command.stopSignals);
  }

  async kill(): Promise<void> {
    // SIGKILL also takes a process that was suspended.
    await this.end([]);
  }

  async dispose(): Promise<void> {
    if (!this.command.throwAway) return this.stop();
    await this.end([[this.command.abandonSignal, ABANDON_PATIENCE_MS]]);
    rmSync(this.command.throwAway, { recursive: true, force: true, maxRetries: 5 });
  }

  private async launch(): Promise<void> {
    await this.command.beforeLaunch?.();
    const { file, args, logFile, abandonSignal, throwAway, spawnOptions } = this.command;
    const log = openSync(logFile, 'a');
    // In its own session: Ctrl-C belongs to the command, which then stops the server in order.
    const stdio: StdioOptions = ['ignore', log, log];
    const child = spawn(file, args, { ...spawnOptions, detached: true, stdio });
    closeSync(log);
    this.child = child;
    const guard = child.pid ? guardProcess(child.pid, abandonSignal, throwAway) : undefined;
    child.unref();
    this.exited = new Promise((resolve) => {
      const ended = (how: string): void => {
        if (this.child === child) this.child = undefined;
        guard?.release();
        resolve(guard?.ended);
        if (this.expectedToRun) this.announce(how);
      };
      child.once('error', (error) => ended(error.message));
      child.once('exit', (code, signal) => ended(`ended with ${signal ?? `exit code ${code}`}`));
    });
  }

  private async answersBefore(deadline: number): Promise<boolean> {
    while (this.pid !== undefined && Date.now() < deadline) {
      const answered = await this.command.probe().then(
        () => true,
        () => false,
      );
      if (answered) return true;
      await delay(PROBE_PAUSE_MS);
    }
    return false;
  }

  private async end(signals: [NodeJS.Signals, number][]): Promise<void> {
    this.expectedToRun = false;
    // Waited for from here on, so it holds the event loop again.
    this.child?.ref();
    for (const [signal, patienceMs] of signals) {
      if (!this.child?.kill(signal)) break;
      await Promise.race([this.exited, delay(patienceMs, undefined, { ref: false })]);
    }
    this.child?.kill('SIGKILL');
    await this.exited;
  }

  private announce(how: string): void {
    this.expectedToRun = false;
    for (const listener of this.listeners) listener(`${this.description} ${how}`);
  }

  private failure(reason: string): ServerStartError {
    let tail = '';
    try {
      tail = readFileSync(this.command.logFile, 'utf8').slice(-LOG_TAIL_CHARACTERS);
    } catch {
      // There is no log yet.
    }
    return new ServerStartError(this.description, reason, tail);
  }
}

/** As `start`, but leaves no data behind when the first start fails. */
export async function startOrDispose(server: LocalServer): Promise<void> {
  try {
    await server.start();
  } catch (error) {
    await server.dispose();
    throw error;
  }
}
