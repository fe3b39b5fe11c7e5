import { withinLimit, type Logger } from '@app/platform';
import {
  isInUse,
  isOthersTurn,
  type Bounds,
  type Part,
  type Partition,
  type PartitionedTable,
  type RetentionStore,
} from './retention.store.js';

export interface RetentionOptions {
  /** For how many days messages and attempts are kept. */
  readonly days: number;
  /**
   * For how many days Kafka may bring a record again; undefined: for ever. Identities are kept as long,
   * and those of messages no shorter than these. Asked at every run; where it throws, none go.
   */
  readonly redeliveredForDays: () => Promise<number | undefined>;
  /** An hour when absent. */
  readonly intervalMs?: number;
}

const DAY_MS = 24 * 3_600_000;
const HOUR_MS = 3_600_000;

/** After a run that failed, such as for want of a connection. */
const RETRY_MS = 60_000;

/** Replicas come at different moments: each waits between 0.8 and 1.2 intervals. */
const JITTER = 0.4;

/** For the answer of a broker. */
const ASK_LIMIT_MS = 60_000;

const BEFORE_ALL_IDS = '00000000-0000-0000-0000-000000000000';

/**
 * Keeps partitions ahead of the days, and drops those that are old. Never what was not delivered: that
 * is moved to the remainder first, and deleted there when it was. Any number of replicas run it; they
 * take turns, and who is refused a step leaves the work to the other. It may end anywhere: every step
 * is one statement, and the next run goes on from what it finds.
 */
export class RetentionJob {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();
  private readonly stopped = new AbortController();

  constructor(
    private readonly store: RetentionStore,
    private readonly options: RetentionOptions,
    private readonly log: Pick<Logger, 'info' | 'warn' | 'error'>,
  ) {}

  /** What a service needs before it stores anything. Throws where the database does not let it. */
  async makePartitions(now?: Date): Promise<void> {
    const made = await this.store.makePartitions(now ?? (await this.store.now()));
    if (made.length > 0) this.log.info('partitions.made', { partitions: made });
  }

  /** Runs at once, and then every hour. */
  start(): void {
    this.running = this.attempt().then((succeeded) => {
      if (this.stopped.signal.aborted) return;
      const pauseMs = succeeded ? (this.options.intervalMs ?? HOUR_MS) : RETRY_MS;
      this.timer = setTimeout(
        () => this.start(),
        pauseMs * (1 - JITTER / 2 + JITTER * Math.random()),
      );
    });
  }

  /** Resolves once the statement that is under way has ended. */
  async stop(): Promise<void> {
    this.stopped.abort();
    clearTimeout(this.timer);
    await this.running;
  }

  /** Everything once. */
  async run(now?: Date): Promise<void> {
    const at = now ?? (await this.store.now());
    await this.makePartitions(at);
    const bounds = await this.bounds(at);
    await this.dropExpired('integration_queue_message', bounds.before);
    await this.dropExpired('delivery_attempt', bounds.before);
    if (bounds.knownBefore) await this.dropExpired('message_identity', bounds.knownBefore);
    await this.forget(bounds);
  }

  private async attempt(): Promise<boolean> {
    const startedAt = performance.now();
    try {
      await this.run();
      this.log.info('retention.finished', { durationMs: since(startedAt) });
      return true;
    } catch (error) {
      if (this.stopped.signal.aborted) return true;
      if (isOthersTurn(error)) {
        this.log.info('retention.left_to_another', { durationMs: since(startedAt) });
        return true;
      }
      this.log.error('retention.failed', { error, retryInMs: RETRY_MS });
      return false;
    }
  }

  private async bounds(now: Date): Promise<Bounds> {
    const { days } = this.options;
    const daysAgo = (n: number): Date => new Date(now.getTime() - n * DAY_MS);
    let knownDays: number | undefined;
    try {
      const { signal } = this.stopped;
      knownDays = await withinLimit(this.options.redeliveredForDays, ASK_LIMIT_MS, signal);
    } catch (error) {
      this.stopped.signal.throwIfAborted();
      this.log.warn('identities.kept', {
        cause: 'it is not known how long Kafka keeps records',
        error,
      });
    }
    const knownBefore = knownDays === undefined ? undefined : daysAgo(Math.max(days, knownDays));
    return { now, before: daysAgo(days), knownBefore };
  }

  /** A table that is in use is left for the next run: every try lets its readers wait for a moment. */
  private async dropExpired(table: PartitionedTable, before: Date): Promise<void> {
    for (const partition of await this.store.expired(table, before)) {
      const moved =
        table === 'integration_queue_message' ? await this.keepUndelivered(partition) : undefined;
      this.stopped.signal.throwIfAborted();
      const startedAt = performance.now();
      const fields = { partition: partition.name, ...(moved === undefined ? {} : { moved }) };
      try {
        const { dropped, ...size } = await this.store.drop(partition, before);
        const line = { ...fields, ...size, durationMs: since(startedAt) };
        if (dropped) this.log.info('partition.dropped', line);
        else this.log.info('partition.kept', { ...line, cause: 'something in it is needed' });
      } catch (error) {
        if (!isInUse(error)) throw error;
        this.log.warn('partition.kept', { ...fields, cause: 'it was in use', error });
        return;
      }
    }
  }

  private keepUndelivered({ day }: Partition): Promise<number> {
    return this.inParts((fromQueue) => this.store.keepUndelivered(day, fromQueue));
  }

  private async forget(bounds: Bounds): Promise<void> {
    const startedAt = performance.now();
    const forgotten = new Map<string, number>();
    const settled = await this.inParts((fromQueue) => this.store.forgetSettled(fromQueue));
    if (settled > 0) forgotten.set('integration_queue_message_remainder', settled);
    for (let more = true; more;) {
      this.stopped.signal.throwIfAborted();
      more = false;
      for (const [name, rows] of await this.store.forgetRows(bounds)) {
        if (rows === 0) continue;
        more = true;
        forgotten.set(name, (forgotten.get(name) ?? 0) + rows);
      }
    }
    if (forgotten.size === 0) return;
    const durationMs = since(startedAt);
    this.log.info('rows.forgotten', { rows: Object.fromEntries(forgotten), durationMs });
  }

  private async inParts(work: (fromQueue: string) => Promise<Part>): Promise<number> {
    let rows = 0;
    for (let at: string | undefined = BEFORE_ALL_IDS; at !== undefined;) {
      this.stopped.signal.throwIfAborted();
      const part: Part = await work(at);
      rows += part.rows;
      at = part.nextQueue;
    }
    return rows;
  }
}

const since = (startedAt: number): number => Math.round(performance.now() - startedAt);
