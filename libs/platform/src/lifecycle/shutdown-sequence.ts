import { channel } from 'node:diagnostics_channel';
import type { Logger } from '../logging/logger.js';
import { type Clock, systemClock } from './clock.js';
import { withinLimit } from './within-limit.js';

/** Kept for a step whatever the steps before it took, where it asks for nothing else. */
const DEFAULT_RESERVE_MS = 500;

/** Told of each step's name, for tests that end the process there; nobody listens otherwise. */
const STEP_BEGINS = channel('webhooks:shutdown.step');

export interface ShutdownStep {
  /** What is done, for a person: "finish the requests in flight". */
  readonly name: string;
  /** The signal is aborted when the step's time is over. */
  readonly run: (signal: AbortSignal) => Promise<void> | void;
  /** Most time for this step; without it, all that the steps after it leave. */
  readonly limitMs?: number;
  /** Time that no earlier step may use up. Default 500. */
  readonly reserveMs?: number;
}

export interface ShutdownOptions {
  /** All steps together take no longer. */
  readonly graceMs: number;
  readonly logger: Logger;
  readonly clock?: Clock;
  /** Ends the process; replaced in specs. */
  readonly exit?: (code: number) => void;
}

/**
 * The steps of an orderly end, in the order in which they were added. A step that fails or is late
 * is logged and does not keep the following ones from running: closing the pool matters even more
 * after a failure.
 */
export class ShutdownSequence {
  private readonly steps: ShutdownStep[] = [];
  private readonly clock: Clock;
  private readonly exit: (code: number) => void;
  private ending: Promise<0 | 1> | undefined;

  constructor(private readonly options: ShutdownOptions) {
    this.clock = options.clock ?? systemClock;
    this.exit = options.exit ?? ((code) => process.exit(code));
  }

  add(step: ShutdownStep): this {
    this.steps.push(step);
    return this;
  }

  /** Aware of a shutdown that has begun, for readiness. */
  get begun(): boolean {
    return this.ending !== undefined;
  }

  /** Runs the steps once, however often it is called. @returns the exit code. */
  run(reason: string): Promise<0 | 1> {
    this.ending ??= this.runSteps(reason);
    return this.ending;
  }

  /**
   * Ends the process in order on the first of these signals and at once, with code 1, on the
   * second: whoever presses Ctrl-C twice means it. @returns a function that stops listening.
   */
  listen(signals: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT']): () => void {
    const onSignal = (signal: NodeJS.Signals) => {
      if (this.begun) this.endAtOnce(signal);
      else void this.endInOrder(signal);
    };
    for (const signal of signals) process.on(signal, onSignal);
    return () => signals.forEach((signal) => process.off(signal, onSignal));
  }

  private async endInOrder(signal: string): Promise<void> {
    const code = await this.run(signal);
    await this.options.logger.flush();
    this.exit(code);
  }

  private endAtOnce(signal: string): void {
    this.options.logger.warn('shutdown.cut_short', { reason: `second signal: ${signal}` });
    this.exit(1);
  }

  private async runSteps(reason: string): Promise<0 | 1> {
    const { graceMs, logger } = this.options;
    const started = this.clock.monotonicMs();
    logger.info('shutdown.started', { reason, graceMs });
    let failed = 0;
    for (const [index, step] of this.steps.entries()) {
      const remaining = graceMs - (this.clock.monotonicMs() - started);
      const ok = await this.runStep(step, this.limitOf(index, remaining));
      if (!ok) failed++;
    }
    const durationMs = Math.round(this.clock.monotonicMs() - started);
    logger.info('shutdown.finished', { reason, durationMs, failedSteps: failed });
    return failed === 0 ? 0 : 1;
  }

  /** A short grace shrinks every reserve, so that half of it can still be used by any step. */
  private limitOf(index: number, remaining: number): number {
    const share = this.options.graceMs / (2 * this.steps.length);
    const reserved = this.steps
      .slice(index + 1)
      .reduce((sum, { reserveMs = DEFAULT_RESERVE_MS }) => sum + Math.min(reserveMs, share), 0);
    const { limitMs = Infinity } = this.steps[index] ?? {};
    return Math.max(0, Math.min(limitMs, remaining - reserved));
  }

  private async runStep(step: ShutdownStep, limitMs: number): Promise<boolean> {
    STEP_BEGINS.publish(step.name);
    const started = this.clock.monotonicMs();
    const fields = () => ({
      step: step.name,
      durationMs: Math.round(this.clock.monotonicMs() - started),
    });
    try {
      await withinLimit((signal) => step.run(signal), limitMs);
      this.options.logger.info('shutdown_step.finished', fields());
      return true;
    } catch (error) {
      this.options.logger.error('shutdown_step.failed', { ...fields(), error });
      return false;
    }
  }
}
