import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { BenchFailedError } from './bench.errors.js';
import { CPU_TICK_MICROS } from './measure/process-cpu.js';
import { until } from './patience.js';

/** An app of this repository, by its folder. */
export type Program = 'notification-processor' | 'subscriptions-api';

export interface ServiceOptions {
  readonly program: Program;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly logFile: string;
  /** Directory for a CPU profile, written when the process ends. */
  readonly profile: string | undefined;
  /** Ends the process should this one disappear. */
  readonly guard: (pid: number, signal: string) => { release(): void };
}

type LogLine = Readonly<Record<string, unknown>>;

/** Topics are created in it the first time. */
const START_LIMIT_MS = 90_000;
const STOP_LIMIT_MS = 40_000;

/** A compiled app of the service as one replica in a process of its own, its lines in a file. */
export class ServiceProcess {
  private readonly child: ChildProcess;
  private readonly ended: Promise<unknown>;

  constructor(private readonly options: ServiceOptions) {
    const { program, environment, logFile, profile, guard } = options;
    const main = fileURLToPath(new URL(`../apps/${program}/src/main.js`, import.meta.url));
    const output = openSync(logFile, 'w', 0o600);
    const flags = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`];
    this.child = spawn(process.execPath, [...flags, main], {
      env: environment,
      stdio: ['ignore', output, output],
      detached: true,
    });
    closeSync(output);
    const guarding = this.child.pid === undefined ? undefined : guard(this.child.pid, 'SIGKILL');
    this.ended = once(this.child, 'exit').finally(() => guarding?.release());
    this.ended.catch(() => undefined);
  }

  /**
   * Resolves once the API answers requests, or once the consumers of the processor run; they join
   * their groups a moment later.
   */
  async started(): Promise<void> {
    await until(() => this.find('service.started') !== undefined, {
      what: `the start of ${this.options.program}`,
      limitMs: START_LIMIT_MS,
      everyMs: 50,
      hopeless: () => this.lostBecause(),
    });
  }

  /** Where it listens, once it has started. */
  url(): string {
    const { port } = new URL(String(this.find('service.started')?.['url']));
    return `http://127.0.0.1:${port}`;
  }

  async joined(): Promise<void> {
    const health = `${this.url()}/health/ready`;
    const ready = async (): Promise<boolean> =>
      (await fetch(health).catch(() => undefined))?.ok ?? false;
    await until(ready, { what: 'the groups of the service', limitMs: 30_000, everyMs: 50 });
  }

  /** Why it is not there any more, if it is not. */
  lostBecause(): string | undefined {
    const { exitCode, signalCode } = this.child;
    if (exitCode === null && signalCode === null) return undefined;
    return `${this.options.program} ended (${exitCode ?? signalCode}):\n${this.text().slice(-2_000)}`;
  }

  /** When the first batch came into the pipeline, in epoch milliseconds. */
  firstBatchAt(): number {
    const line = this.find('batch.enqueued');
    if (!line) throw new BenchFailedError('the service has not told of any batch');
    return Date.parse(String(line['time'])) - Number(line['durationMs']);
  }

  /** User and system time so far, microseconds; undefined where there is no /proc. */
  cpuMicros(): number | undefined {
    const fields = this.proc('stat')?.split(') ')[1]?.split(' ');
    return fields && (Number(fields[11]) + Number(fields[12])) * CPU_TICK_MICROS;
  }

  /** Resident memory in MB, now and the most there was; undefined where there is no /proc. */
  residentMegabytes(): { readonly now: number; readonly peak: number } | undefined {
    const status = this.proc('status');
    const read = (name: string): number =>
      Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status ?? '')?.[1] ?? 0) / 1_024;
    return status === undefined ? undefined : { now: read('VmRSS'), peak: read('VmHWM') };
  }

  async stop(): Promise<void> {
    if (this.lostBecause() !== undefined) return;
    this.child.kill('SIGTERM');
    const late = pause(STOP_LIMIT_MS, 'late', { ref: false });
    if ((await Promise.race([this.ended, late])) !== 'late') return;
    this.child.kill('SIGKILL');
    await this.ended;
  }

  private find(event: string): LogLine | undefined {
    const line = this.text()
      .split('\n')
      .find((text) => text.includes(`"event":"${event}"`) && text.endsWith('}'));
    return line === undefined ? undefined : (JSON.parse(line) as LogLine);
  }

  private text(): string {
    return readFileSync(this.options.logFile, 'utf8');
  }

  private proc(file: string): string | undefined {
    try {
      return readFileSync(`/proc/${this.child.pid}/${file}`, 'utf8');
    } catch {
      return undefined;
    }
  }
}
