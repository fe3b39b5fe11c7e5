import { type Clock, type Logger, systemClock, withinLimit } from '@app/platform';
import type { Count, Metrics } from './metrics.js';

/** What is asked of somebody else at a scrape: of the database, of the broker. */
export const COLLECTORS = ['queues', 'consumer_lag'] as const;
export type Collector = (typeof COLLECTORS)[number];

export interface CollectionOptions {
  /** Milliseconds. What was read, or that it failed, holds so long. */
  readonly maxAgeMs: number;
  /** Milliseconds. A scrape waits no longer. */
  readonly limitMs: number;
}

/**
 * Reads what somebody else has to answer so that no scrape fails or hangs because of it: rarely, one
 * read at a time, however many scrapers there are, and waited for only up to a limit. Where there is
 * no answer there is no value (rather than an old one), and `webhooks_collection_errors_total` tells.
 */
export class Collections {
  private readonly errors: Readonly<Record<Collector, Count>>;

  constructor(
    metrics: Metrics,
    private readonly logger: Logger,
    private readonly clock: Clock = systemClock,
  ) {
    this.errors = metrics.counters(
      {
        name: 'webhooks_collection_errors_total',
        help: 'Collections that failed or were late: the series of this collector are missing for a while.',
      },
      { name: 'collector', values: COLLECTORS },
    );
  }

  /** The returned function never rejects; it gives undefined where there is no answer. */
  of<Value>(
    collector: Collector,
    collect: () => Promise<Value>,
    options: CollectionOptions,
  ): () => Promise<Value | undefined> {
    const { clock } = this;
    let known: { readonly value: Value | undefined; readonly until: number } | undefined;
    let collecting: Promise<Value> | undefined;
    let reading: Promise<Value | undefined> | undefined;
    const keep = (value: Value | undefined): Value | undefined => {
      known = { value, until: clock.monotonicMs() + options.maxAgeMs };
      return value;
    };
    /** One that was given up by its reader goes on, and its value is there for the next. */
    const start = (): Promise<Value> => {
      const started = (async () => {
        const value = await collect();
        keep(value);
        return value;
      })();
      const end = (): void => void (collecting = undefined);
      started.then(end, end);
      return (collecting = started);
    };
    const read = async (): Promise<Value | undefined> => {
      try {
        return await withinLimit(() => collecting ?? start(), options.limitMs);
      } catch (error) {
        this.report(collector, error);
        return keep(undefined);
      } finally {
        reading = undefined;
      }
    };
    return async () => {
      if (known && clock.monotonicMs() < known.until) return known.value;
      return (reading ??= read());
    };
  }

  private report(collector: Collector, error: unknown): void {
    this.errors[collector]();
    this.logger.warn('collection.failed', { collector, error });
  }
}
