import type { Servers } from './demo-run.js';
import type { TextStream } from './output.js';
import type { Environment } from './process-environment.js';

export interface RunningServers extends Servers {
  /** One line that says what was taken. */
  readonly describe: string;
  stop(): Promise<void>;
  onLost(listener: (reason: string) => void): void;
}

/** Ends a process with this signal should ours disappear; `release` once it has ended. */
export type Guard = (pid: number, signal: string) => { release(): void };

/** What the demonstration is given by whoever starts it. */
export interface DemoHost {
  readonly stream: TextStream;
  readonly environment: Environment;
  /** For the service's log; exists. */
  readonly directory: string;
  readonly guard: Guard;
  resolveServers(log: (line: string) => void): Promise<RunningServers>;
}
