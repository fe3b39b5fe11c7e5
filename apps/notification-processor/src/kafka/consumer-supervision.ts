import type { Consumer, ConsumerCrashEvent, ConsumerGroupJoinEvent } from 'kafkajs';
import type { TransportLoggerInterface } from './transport-logger.interface.js';
import { isUnknownTopic } from './unknown-topic.js';

/** Why a consumer will never consume again while this process lives. */
export interface ConsumerFailure {
  readonly consumer: string;
  readonly reason: 'crashed' | 'silent' | 'topic_missing';
  /** One sentence, fit for the last line of a process. */
  readonly message: string;
  readonly error?: unknown;
}

export interface ConsumerStatus {
  readonly consumer: string;
  /** Member of its group with an assignment, possibly an empty one. */
  readonly joined: boolean;
  /** Since when `joined` has been what it is; null before the first join. */
  readonly since: Date | null;
  readonly partitions: number;
  /** When the broker last answered a fetch. */
  readonly lastFetchAt: Date | null;
}

export interface ConsumerSupervisionOptions {
  /** For log lines and for the health answer, for example `domain`. */
  readonly name: string;
  readonly logger: TransportLoggerInterface;
  /** Called at most once. The process should end: nothing else revives the consumer. */
  readonly onFailure: (failure: ConsumerFailure) => void;
  /** 90,000 if absent. */
  readonly silenceMs?: number;
}

/** More than the rebalance timeout (60 s): who waits for the others to join hears nothing. */
const SILENCE_MS = 90_000;

/** More than a broker takes to learn of a partition that was moved to it. */
const TOPIC_MISSING_MS = 5_000;

/**
 * Watches one kafkajs consumer, which can die while its process lives on: an error that kafkajs
 * holds for unrecoverable (any TypeError, for example) ends it with nothing but an event.
 *
 * A watchdog covers what is not even reported: no sign of life for `silenceMs` although it should
 * run. A broker outage is not silence, because kafkajs then keeps on trying and saying so.
 *
 * A subscribed topic that is deleted makes kafkajs crash and restart for ever, and no topic at all
 * is consumed meanwhile. Only a new start helps: it makes the topic again, or names it.
 */
export class ConsumerSupervisor {
  private joined = false;
  private since: Date | null = null;
  private partitions = 0;
  private lastFetchAt: Date | null = null;
  private lastSignAt = Date.now();
  private topicMissingSince: number | undefined;
  private watched = false;
  private failed = false;
  private watchdog: NodeJS.Timeout | undefined;

  constructor(private readonly options: ConsumerSupervisionOptions) {}

  /** To be called before the consumer connects. */
  attach(consumer: Consumer): void {
    const { events } = consumer;
    const sign = (): void => {
      this.lastSignAt = Date.now();
    };
    for (const name of [events.HEARTBEAT, events.FETCH_START, events.REQUEST_TIMEOUT] as const) {
      consumer.on(name, sign);
    }
    consumer.on(events.FETCH, () => {
      sign();
      this.lastFetchAt = new Date();
      this.topicMissingSince = undefined;
    });
    consumer.on(events.CONNECT, () => this.watch());
    consumer.on(events.GROUP_JOIN, (event) => this.recordJoin(event));
    consumer.on(events.REBALANCING, () => {
      sign();
      this.options.logger.info('group.rebalancing', { consumer: this.options.name });
    });
    consumer.on(events.STOP, () => this.recordLeave());
    consumer.on(events.CRASH, (event) => this.recordCrash(event));
  }

  status(): ConsumerStatus {
    const { joined, since, partitions, lastFetchAt } = this;
    return { consumer: this.options.name, joined, since, partitions, lastFetchAt };
  }

  /** Ends the watch; a consumer that stops after this stops on purpose. */
  close(): void {
    this.watched = false;
    clearInterval(this.watchdog);
  }

  private watch(): void {
    this.lastSignAt = Date.now();
    this.watched = true;
    if (this.watchdog !== undefined) return;
    const silenceMs = this.options.silenceMs ?? SILENCE_MS;
    this.watchdog = setInterval(() => this.checkSilence(silenceMs), Math.max(10, silenceMs / 10));
    this.watchdog.unref();
  }

  private recordJoin({ payload }: ConsumerGroupJoinEvent): void {
    this.lastSignAt = Date.now();
    this.partitions = Object.values(payload.memberAssignment).reduce(
      (sum, assigned) => sum + assigned.length,
      0,
    );
    this.setJoined(true);
    this.options.logger.info('group.joined', {
      consumer: this.options.name,
      groupId: payload.groupId,
      memberId: payload.memberId,
      leader: payload.isLeader,
      partitions: this.partitions,
      durationMs: payload.duration,
    });
  }

  /** kafkajs stops on request and before it reports a crash; the crash puts the watch back. */
  private recordLeave(): void {
    this.watched = false;
    this.partitions = 0;
    this.setJoined(false);
    this.options.logger.info('group.left', { consumer: this.options.name });
  }

  private recordCrash({ payload: { error, restart, groupId } }: ConsumerCrashEvent): void {
    this.setJoined(false);
    if (this.lacksTopic(error)) {
      this.fail('topic_missing', `lacks a topic that it subscribes to: ${error.message}`, error);
      return;
    }
    if (restart) {
      this.watch();
      const consumer = this.options.name;
      this.options.logger.warn('consumer.restarted', { consumer, groupId, error });
      return;
    }
    this.fail(
      'crashed',
      `has crashed and does not restart: ${error.name}: ${error.message}`,
      error,
    );
  }

  private lacksTopic(error: Error): boolean {
    if (!isUnknownTopic(error)) return false;
    this.topicMissingSince ??= Date.now();
    return Date.now() - this.topicMissingSince >= TOPIC_MISSING_MS;
  }

  private checkSilence(silenceMs: number): void {
    const silentMs = Date.now() - this.lastSignAt;
    if (!this.watched || silentMs < silenceMs) return;
    this.fail('silent', `has given no sign of life for ${Math.round(silentMs / 1_000)} s.`);
  }

  private fail(reason: ConsumerFailure['reason'], what: string, error?: unknown): void {
    this.close();
    if (this.failed) return;
    this.failed = true;
    const consumer = this.options.name;
    const message = `The Kafka consumer "${consumer}" ${what}`;
    this.options.logger.error('consumer.failed', { consumer, reason, message, error });
    this.options.onFailure({
      consumer,
      reason,
      message,
      ...(error === undefined ? {} : { error }),
    });
  }

  private setJoined(joined: boolean): void {
    if (this.joined !== joined) this.since = new Date();
    this.joined = joined;
  }
}
