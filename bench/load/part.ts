import { Kafka, logLevel } from 'kafkajs';
import { IngestStore, QueueStore, RUN_MESSAGES, type Delivery, type QueueLease } from '@app/queue';
import { randomUUID } from 'node:crypto';
import { openDataSource } from '../bench-data-source.store.js';
import { RECORD_TOPIC, recordOf } from './domain-record.js';

/** One stage of the pipeline with nothing around it. */
export type PartQuestion =
  | {
      readonly part: 'consume';
      readonly brokers: readonly string[];
      readonly topicPrefix: string;
      readonly items: number;
    }
  | {
      readonly part: 'insert' | 'settle';
      readonly databaseUrl: string;
      /** To which queue and webhook messages go. */
      readonly subscribers: readonly (readonly [queueId: string, webhookId: string])[];
      readonly items: number;
    };

export interface PartAnswer {
  readonly perSecond: number;
  readonly cpuMicros: number;
}

const BATCH = 1_000;
const QUEUES_PER_CLAIM = 50;
const CONNECTIONS = 2;
const LEASE_MS = 30_000;

process.on('message', (question: PartQuestion) => {
  void measured(question).then((answer) => process.send?.(answer));
});
process.on('disconnect', () => process.exit());

async function measured(question: PartQuestion): Promise<PartAnswer> {
  const { part, items } = question;
  if (part === 'consume') return consume(question);
  const dataSource = await openDataSource(question.databaseUrl, CONNECTIONS);
  try {
    const clock = startClock();
    if (part === 'insert') await insert(new IngestStore(dataSource), question);
    else await settle(new QueueStore(dataSource, STORE_OPTIONS), question);
    return clock.stop(items);
  } finally {
    await dataSource.destroy();
  }
}

const STORE_OPTIONS = {
  owner: 'bench',
  leaseMs: LEASE_MS,
  probe: true,
  runMessages: RUN_MESSAGES,
};

function startClock(): { stop: (items: number) => PartAnswer } {
  const [cpuBefore, startedAt] = [process.cpuUsage(), performance.now()];
  return {
    stop: (items) => {
      const { user, system } = process.cpuUsage(cpuBefore);
      const perSecond = (items / (performance.now() - startedAt)) * 1_000;
      return { perSecond, cpuMicros: (user + system) / items };
    },
  };
}

/** The clock starts with the first batch: joining a group takes seconds. */
async function consume({
  brokers,
  topicPrefix,
  items,
}: Extract<PartQuestion, { part: 'consume' }>): Promise<PartAnswer> {
  const kafka = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId: `${topicPrefix}part.${randomUUID()}` });
  await consumer.connect();
  await consumer.subscribe({ topics: [`${topicPrefix}${RECORD_TOPIC}`], fromBeginning: true });
  let clock: ReturnType<typeof startClock> | undefined;
  let left = items;
  const answer = await new Promise<PartAnswer>((resolve) => {
    void consumer.run({
      eachBatch: ({ batch }) => {
        clock ??= startClock();
        left -= batch.messages.length;
        if (left <= 0) resolve(clock.stop(items));
        return Promise.resolve();
      },
    });
  });
  await consumer.disconnect();
  return answer;
}

type StoreQuestion = Extract<PartQuestion, { part: 'insert' | 'settle' }>;

async function insert(store: IngestStore, { subscribers, items }: StoreQuestion): Promise<void> {
  const body = recordOf({ organizationId: randomUUID(), entity: 0, number: 1, at: 0 });
  for (let from = 0; from < items; from += BATCH) {
    const messages = Array.from({ length: Math.min(BATCH, items - from) }, (_, index) => {
      const [queueId = '', webhookId = ''] = subscribers[(from + index) % subscribers.length] ?? [];
      return {
        queueId,
        messageId: randomUUID(),
        webhookId,
        organizationId: '',
        type: 'order/created' as const,
        partition: 0,
        offset: String(from + index),
        body,
        traceParent: null,
      };
    });
    await store.ingest({ messages, deadLetters: [], locations: [] });
  }
}

/** Claims what is there and records it as delivered, until nothing is left. */
async function settle(store: QueueStore, { subscribers }: StoreQuestion): Promise<void> {
  const ids = subscribers.map(([queueId]) => queueId);
  for (let left = ids; left.length > 0;) {
    const again: string[] = [];
    for (let from = 0; from < left.length; from += QUEUES_PER_CLAIM) {
      const leases = await store.claim(left.slice(from, from + QUEUES_PER_CLAIM));
      const runs = new Map(leases.map((lease) => [runOf(lease), deliveriesOf(lease)]));
      const recorded = await store.recordDeliveries(runs);
      for (const [{ queueId }, { more }] of recorded) if (more) again.push(queueId);
    }
    left = again;
  }
}

const runOf = ({ queueId, token }: QueueLease) => ({
  queueId,
  token,
  request: () => ({ from: '0', wanted: 0, ends: true }),
});

const deliveriesOf = (lease: QueueLease): Delivery[] =>
  [lease.head, ...lease.behind].map((message) => ({
    message,
    attempt: 1,
    outcome: { kind: 'delivered', statusCode: 200, durationMs: 1 },
    startedAt: performance.now(),
  }));
