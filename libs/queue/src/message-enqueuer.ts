import type { DeadLetterReason, MessageInterface } from '@app/events';
import type { IntegrationWebhooksQuery, Subscribers } from '@app/subscriptions';
import { GroupCommit } from './group-commit.js';
import {
  assignOrganizations,
  learntLocations,
  messagesOf,
  notStorable,
  wantedLocations,
  hasSubscribers,
  type IngestItem,
  type NewMessage,
  type OwnedEvent,
} from './ingest-batch.js';
import type { IngestBatch, IngestResult, IngestStore } from './ingest.store.js';
import type { MessageEmitterInterface } from './message-emitter.interface.js';
import type { QueueLogInterface } from './queue-log.interface.js';
import type { QueueMetricsInterface } from './queue-metrics.interface.js';
import type { EnqueueSpan, QueueTracerInterface } from './queue-tracer.interface.js';
import { isDataError } from './data-error.js';
import { SubscriptionsChangedError } from './queue.errors.js';
import { QUEUE_STEPS } from './queue-steps.js';
import type { ReadyQueues } from './ready-queues.js';

/** Bounds one transaction; some 500 to 1,000 rows are where PostgreSQL's rate flattens out. */
const MAX_RECORDS_PER_COMMIT = 1_000;

/**
 * Wake-ups of one commit where this process sends, too, and so has woken the queues already. Others find the
 * rest when they sweep, within a second. With 1,000 queues that empty again and again, one each costs 15 %
 * of all CPU.
 */
const MAX_WAKE_UPS = 80;

/** Besides, for queues that are being sent: nobody has to act on those. */
const MAX_LEASED_WAKE_UPS = 20;

/** What a batch of records became, before its subscribers are known. */
interface OwnedBatch extends Pick<IngestBatch, 'deadLetters' | 'locations'> {
  readonly events: readonly OwnedEvent[];
  /** `performance.now()`. */
  readonly startedAt: number;
}

interface StoredBatch {
  readonly messages: readonly NewMessage[];
  readonly result: IngestResult;
}

/**
 * ③ ④ Turns records into messages: whatever several partitions bring at the same time shares one
 * look-up of subscriptions and one transaction. Queues that were idle are woken after the commit,
 * in this process at once and in the others over `applications.message.process`.
 */
export class MessageEnqueuer {
  private readonly commits = new GroupCommit<IngestItem, void>(
    (items) => this.commit(items),
    MAX_RECORDS_PER_COMMIT,
  );

  constructor(
    private readonly store: IngestStore,
    private readonly webhooks: IntegrationWebhooksQuery,
    private readonly emitter: MessageEmitterInterface,
    private readonly ready: ReadyQueues,
    private readonly reports: {
      readonly log: QueueLogInterface;
      readonly metrics: QueueMetricsInterface;
      readonly tracer: QueueTracerInterface;
    },
  ) {}

  /** Resolves after the commit, and not before: the caller's Kafka offset depends on it. */
  enqueue(items: readonly IngestItem[]): Promise<void> {
    return this.commits.add(items);
  }

  /**
   * One record whose data the database refuses must cost only itself: the batch is halved until
   * the record stands alone, and that one becomes a dead letter. First halves go first, so the
   * order stays.
   */
  private async commit(items: readonly IngestItem[]): Promise<void> {
    try {
      await this.storeTogether(items);
    } catch (error) {
      const [first, ...others] = items;
      if (!isDataError(error) || !first) throw error;
      if (others.length === 0) {
        await this.storeTogether([notStorable(first, String(error))]);
        return;
      }
      const middle = items.length >> 1;
      await this.commit(items.slice(0, middle));
      await this.commit(items.slice(middle));
    }
  }

  private async storeTogether(items: readonly IngestItem[]): Promise<void> {
    const startedAt = performance.now();
    const learnt = learntLocations(items);
    const { events, deadLetters } = assignOrganizations(items, await this.directory(items, learnt));
    const locations = [...learnt].map(([locationId, organizationId]) => ({
      locationId,
      organizationId,
    }));
    const batch = { events, deadLetters, locations, startedAt };
    const { messages, result } =
      (await this.storeAsRemembered(batch)) ??
      (await this.storeFor(await this.webhooks.execute(events), batch));
    for (const letter of result.deadLetters) this.reports.tracer.deadLettered(letter, startedAt);
    this.report(items.length, messages, result, performance.now() - startedAt);
    this.wake(messages, result);
  }

  /**
   * Saves a look-up where the subscriptions of all organizations are known: that they still hold is part of
   * the statement that stores. Undefined where they do not, or where nothing would be stored.
   */
  private async storeAsRemembered(batch: OwnedBatch): Promise<StoredBatch | undefined> {
    const remembered = this.webhooks.remembered(batch.events);
    if (!remembered || !hasSubscribers(batch.events, remembered)) return undefined;
    try {
      return await this.storeFor(remembered, batch, remembered.versions);
    } catch (error) {
      if (error instanceof SubscriptionsChangedError) return undefined;
      throw error;
    }
  }

  private async storeFor(
    subscribers: Subscribers,
    { events, deadLetters, locations, startedAt }: OwnedBatch,
    versions?: ReadonlyMap<string, string>,
  ): Promise<StoredBatch> {
    const spans: EnqueueSpan[] = [];
    const messages = messagesOf(events, subscribers, (event, count) => {
      const span = this.reports.tracer.enqueue(event, count, startedAt);
      spans.push(span);
      return span.traceParent;
    });
    const stored = { messages, deadLetters, locations };
    const result = await this.ingest(versions ? { ...stored, versions } : stored);
    for (const span of spans) span.end();
    return { messages, result };
  }

  /** Idle queues that this process could send at once are leased by the same transaction, and are sent. */
  private async ingest(batch: IngestBatch): Promise<IngestResult> {
    const { ready } = this;
    const offered = ready.offer(new Set(batch.messages.map(({ queueId }) => queueId)));
    try {
      QUEUE_STEPS.enqueueStoring.publish(batch);
      const result = await this.store.ingest(batch, new Set(offered));
      QUEUE_STEPS.enqueueStored.publish(result);
      ready.adopt(
        offered,
        result.queues.flatMap(({ lease }) => lease ?? []),
      );
      return result;
    } catch (error) {
      // Then it is known that none was leased.
      if (error instanceof SubscriptionsChangedError) ready.adopt(offered, []);
      else ready.decline(offered);
      throw error;
    }
  }

  /** What this batch itself states wins over what was learnt before. */
  private async directory(
    items: readonly IngestItem[],
    learnt: ReadonlyMap<string, string>,
  ): Promise<ReadonlyMap<string, string>> {
    const wanted = wantedLocations(items);
    if (wanted.size === 0) return learnt;
    return new Map([...(await this.store.organizationsOf(wanted)), ...learnt]);
  }

  private wake(messages: readonly NewMessage[], { queues }: IngestResult): void {
    const woken = queues.filter((queue) => queue.wake);
    if (woken.length === 0) return;
    const unleased = woken.filter(({ lease }) => !lease);
    this.ready.add(unleased.map((queue) => queue.queueId));
    const leased = woken.filter(({ lease }) => lease).slice(0, MAX_LEASED_WAKE_UPS);
    const told = this.ready.isWorkedOff ? unleased.slice(0, MAX_WAKE_UPS) : unleased;
    const byId = new Map(messages.map((message) => [message.messageId, message]));
    const wakeUps = [...told, ...leased].flatMap(
      ({ queueId, messageId, enqueuedAt }): MessageInterface[] => {
        const message = byId.get(messageId);
        if (!message) return [];
        const { organizationId, webhookId, type } = message;
        const date = enqueuedAt.toISOString();
        return [{ integrationId: queueId, organizationId, webhookId, messageId, type, date }];
      },
    );
    this.emitter.emitProcess(wakeUps).then(
      () => QUEUE_STEPS.wakeUpEmitted.publish(wakeUps),
      (error: unknown) => {
        this.reports.log.warn('wake_up.failed', { queues: wakeUps.length, cause: String(error) });
      },
    );
  }

  private report(
    records: number,
    messages: readonly NewMessage[],
    result: IngestResult,
    durationMs: number,
  ): void {
    const { log, metrics } = this.reports;
    const enqueued = result.queues.reduce((sum, queue) => sum + queue.inserted, 0);
    const duplicates = messages.length - enqueued;
    const deadLetters: Partial<Record<DeadLetterReason, number>> = {};
    for (const { record, reason, detail } of result.deadLetters) {
      deadLetters[reason] = (deadLetters[reason] ?? 0) + 1;
      const { topic, partition, offset, timestamp } = record;
      log.warn('record.dead_lettered', {
        topic,
        partition,
        offset,
        timestamp,
        reason,
        detail,
      });
    }
    metrics.enqueued({ records, messages: enqueued, duplicates, deadLetters, durationMs });
    log.info('batch.enqueued', {
      records,
      messages: enqueued,
      duplicates,
      queues: result.queues.length,
      woken: result.queues.filter((queue) => queue.wake).length,
      deadLetters,
      durationMs: Math.round(durationMs),
    });
  }
}
