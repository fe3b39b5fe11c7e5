import { randomUUID } from 'node:crypto';
import { ClientIdentityQuery, DeliveryKeysQuery, SecretCipher } from '@app/applications';
import { WebhookSender } from '@app/delivery';
import type { FormattedEvent } from '@app/events';
import {
  DeliveryRecorder,
  EndpointProofs,
  EndpointProofsStore,
  IngestStore,
  MessageEnqueuer,
  NO_TRACES,
  OriginSlots,
  OutcomeRecorder,
  QueueProcessor,
  QueueScheduler,
  QueueStore,
  QueueSweeper,
  ReadyQueues,
  RUN_MESSAGES,
  type DrainPace,
  type QueueTracerInterface,
  type RetryBackoff,
} from '@app/queue';
import { IntegrationWebhooksQuery } from '@app/subscriptions';
import { readEnvelope, TEST_SECRETS_KEY, type ReceivedRequest } from '@app/testing';
import type { DataSource } from 'typeorm';
import type { TestQueue } from './queue-fixture.js';
import { RecordingEmitter, RecordingLog, RecordingMetrics } from './recorders.js';

export interface ReplicaOptions {
  readonly leaseMs?: number;
  /** As many as the service by default. */
  readonly ahead?: number;
  readonly quickMs?: number;
  readonly neededOfLeaseMs?: number;
  readonly probe?: boolean;
  readonly backoff?: RetryBackoff;
  readonly concurrency?: number;
  readonly perOrigin?: number;
  readonly slowAfterMs?: number;
  readonly drain?: DrainPace;
  /** No sweeper when not given, so that a lost wake-up shows. */
  readonly sweepMs?: number;
  readonly secretsKey?: string;
  /** Endpoints have to echo a challenge before their first delivery. */
  readonly challenge?: true;
  readonly tracer?: QueueTracerInterface;
  /** Where wake-ups go besides this replica, as over Kafka. */
  readonly others?: Replica[];
}

/** Longer than a run takes on a slow machine: {@link PRODUCED_AT} is its beginning. */
export const CLOCK_SKEW_MS = 6 * 3_600_000;

/** One for all records of a run: the same record has to have the same identity. */
const PRODUCED_AT = String(Date.now());

/** Everything of one process from enqueue to settle, without Kafka. */
export class Replica {
  readonly log = new RecordingLog();
  readonly metrics = new RecordingMetrics();
  readonly ready = new ReadyQueues();
  readonly emitter: RecordingEmitter;
  readonly store: QueueStore;
  readonly processor: QueueProcessor;
  readonly scheduler: QueueScheduler;
  private readonly sweeper: QueueSweeper | undefined;
  private readonly sender: WebhookSender;

  constructor(dataSource: DataSource, options: ReplicaOptions = {}) {
    const { log, metrics, ready } = this;
    const { leaseMs = 30_000, probe = true, concurrency = 100, perOrigin = 50 } = options;
    const { others = [], secretsKey = TEST_SECRETS_KEY, tracer = NO_TRACES } = options;
    const queues = { ready, origins: new OriginSlots(perOrigin) };
    const webhooks = new IntegrationWebhooksQuery(dataSource, { clockSkewMs: CLOCK_SKEW_MS });
    this.emitter = new RecordingEmitter((messages) => {
      for (const { ready: theirs } of others) theirs.add(messages.map((m) => m.integrationId));
    });
    const owner = randomUUID();
    const taking = { owner, leaseMs, runMessages: RUN_MESSAGES };
    this.store = new QueueStore(dataSource, {
      owner,
      leaseMs,
      probe,
      runMessages: RUN_MESSAGES,
      drain: options.drain,
    });
    this.sender = new WebhookSender({
      allowHttp: true,
      allowedNetworks: ['127.0.0.0/8'],
      timeoutMs: 5_000,
      connectionsPerOrigin: perOrigin,
    });
    const cipher = new SecretCipher(secretsKey);
    this.processor = new QueueProcessor(
      {
        enqueuer: new MessageEnqueuer(
          new IngestStore(dataSource, undefined, taking),
          webhooks,
          this.emitter,
          ready,
          {
            log,
            metrics,
            tracer,
          },
        ),
        store: this.store,
        recorder: new OutcomeRecorder(this.store, log),
        deliveries: new DeliveryRecorder(this.store, log),
        keys: new DeliveryKeysQuery(dataSource, cipher),
        identities: new ClientIdentityQuery(dataSource, cipher),
        sender: this.sender,
        proofs: options.challenge
          ? new EndpointProofs(new EndpointProofsStore(dataSource))
          : undefined,
        emitter: this.emitter,
        log,
        metrics,
        tracer,
      },
      {
        ahead: options.ahead ?? 8,
        ...(options.quickMs === undefined ? {} : { quickMs: options.quickMs }),
        neededOfLeaseMs: options.neededOfLeaseMs ?? 7_000,
        backoff: options.backoff ?? { minMs: 60_000, maxMs: 60_000 },
      },
    );
    this.scheduler = new QueueScheduler(this.store, this.processor, queues, log, {
      concurrency,
      ...(options.slowAfterMs === undefined ? {} : { slowAfterMs: options.slowAfterMs }),
    });
    this.scheduler.start();
    if (options.sweepMs === undefined) return;
    this.sweeper = new QueueSweeper(this.store, queues, log, options.sweepMs);
    this.sweeper.start();
  }

  /** As if Kafka had brought one event for each body, in this order. */
  publish(queue: TestQueue, bodies: readonly unknown[]): Promise<void> {
    return this.processor.process(bodies.map((body) => eventFor(queue, body)));
  }

  async stop(): Promise<void> {
    await this.sweeper?.stop();
    await this.scheduler.stop();
    await this.sender.close();
  }
}

let offset = 0;

/** An event of the queue's organization whose body is the JSON of the given value. */
export function eventFor({ organizationId }: TestQueue, value: unknown): FormattedEvent {
  const body = Buffer.from(JSON.stringify(value));
  return {
    kind: 'event',
    record: {
      topic: 'order.created',
      partition: 0,
      offset: String((offset += 1)),
      timestamp: PRODUCED_AT,
      key: null,
      value: body,
      headers: {},
    },
    type: 'order/created',
    body,
    organization: { by: 'record', organizationId },
  };
}

/** The bodies of requests, as the values they were published from. */
export const bodiesOf = (requests: readonly ReceivedRequest[]): unknown[] =>
  requests.map((request): unknown => JSON.parse(String(readEnvelope(request.body).body)));

export const upTo = (count: number): number[] =>
  Array.from({ length: count }, (_, index) => index + 1);
