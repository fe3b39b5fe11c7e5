import { Logger, type LogEvent, type LogFields } from '@app/platform';
import type { Count, Metrics } from './metrics.js';

/** Every event that a process writes as an error. Nest's own lines and the like are `other`. */
export const FAILURE_EVENTS = [
  'apollo.reported',
  'batch.failed',
  'batch.refused',
  'claim.failed',
  'consumer.failed',
  'delivery.not_attempted',
  'failure.not_emitted',
  'kafka.reported',
  'lease.not_released',
  'notices.delayed',
  'notices.not_marked',
  'notices.not_written',
  'operation.failed',
  'outcome.lost',
  'outcome.not_recorded',
  'process.ended',
  'queue.turn_failed',
  'request.not_counted',
  'retention.failed',
  'shutdown_step.failed',
  'sweep.failed',
  'token.not_judged',
  'token_request.failed',
] as const;

const OTHER = 'other';

type Failures = Readonly<Record<string, Count>> & { readonly [OTHER]: Count };

/**
 * A log that counts what it writes as an error. A line of that level is by its meaning a failure of
 * our own: a receiver's are outcomes, a producer's are dead letters.
 */
export function countingFailures(logger: Logger, metrics: Metrics): Logger {
  const failures = metrics.counters(
    {
      name: 'webhooks_own_failures_total',
      help: 'Error lines of the log by their event: what failed and was not the fault of a receiver or producer.',
    },
    { name: 'event', values: [...FAILURE_EVENTS, OTHER] },
  );
  return new CountingLogger(logger, failures);
}

class CountingLogger extends Logger {
  constructor(
    private readonly logger: Logger,
    private readonly failures: Failures,
  ) {
    super();
  }

  override fatal(event: LogEvent, fields?: LogFields): void {
    this.count(event);
    this.logger.fatal(event, fields);
  }

  override error(event: LogEvent, fields?: LogFields): void {
    this.count(event);
    this.logger.error(event, fields);
  }

  override warn(event: LogEvent, fields?: LogFields): void {
    this.logger.warn(event, fields);
  }

  override info(event: LogEvent, fields?: LogFields): void {
    this.logger.info(event, fields);
  }

  override debug(event: LogEvent, fields?: LogFields): void {
    this.logger.debug(event, fields);
  }

  override trace(event: LogEvent, fields?: LogFields): void {
    this.logger.trace(event, fields);
  }

  override child(component: string, fields?: LogFields): Logger {
    return new CountingLogger(this.logger.child(component, fields), this.failures);
  }

  override isEnabled(level: 'debug' | 'trace'): boolean {
    return this.logger.isEnabled(level);
  }

  override flush(): Promise<void> {
    return this.logger.flush();
  }

  private count(event: LogEvent): void {
    (this.failures[event] ?? this.failures[OTHER])();
  }
}
