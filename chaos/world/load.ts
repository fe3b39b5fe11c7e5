import { setTimeout as delay } from 'node:timers/promises';
import { digestOf, type ProducedRecord, type UncertainRecord, type Random } from '@app/testing';
import { Kafka, logLevel, Partitioners, type Producer } from 'kafkajs';

export interface LoadOptions {
  readonly brokers: readonly string[];
  readonly topicPrefix: string;
  readonly partitions: number;
  readonly organizations: readonly string[];
  /** Records a second. */
  readonly rate: number;
  readonly random: Random;
}

interface NewRecord {
  readonly topic: string;
  readonly partition: number;
  readonly organizationId: string;
  readonly value: Buffer;
}

export const TOPICS = ['order.created', 'order.updated', 'collection.created'] as const;

const TURN_MS = 100;

/** A produce request takes so many records at once where there are many. */
const BATCH = 2_000;

/**
 * Produces records and keeps what the broker acknowledged, with the offsets that it gave. A request is sent
 * once: whether one that failed is in the log, nobody can say.
 */
export class Load {
  readonly produced: ProducedRecord[] = [];
  readonly uncertain: UncertainRecord[] = [];
  readonly #producer: Producer;
  #number = 0;
  #isPaused = false;
  #isStopped = false;
  #running: Promise<void> = Promise.resolve();
  #turn: Promise<void> = Promise.resolve();

  constructor(private readonly options: LoadOptions) {
    const kafka = new Kafka({ brokers: [...options.brokers], logLevel: logLevel.NOTHING });
    this.#producer = kafka.producer({
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
      retry: { retries: 0 },
    });
  }

  async start(): Promise<void> {
    await this.#producer.connect();
    this.#running = this.#run();
  }

  /** Resolves when nothing is on its way. */
  async pause(): Promise<void> {
    this.#isPaused = true;
    await this.#turn;
  }

  resume(): void {
    this.#isPaused = false;
  }

  /** So many records at once, beside all others. */
  async burst(count: number): Promise<void> {
    for (let left = count; left > 0; left -= BATCH) await this.#produce(Math.min(left, BATCH));
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#running;
    await this.#producer.disconnect().catch(() => undefined);
  }

  async #run(): Promise<void> {
    const aTurn = Math.max(1, Math.round((this.options.rate * TURN_MS) / 1000));
    while (!this.#isStopped) {
      if (!this.#isPaused) {
        this.#turn = this.#produce(aTurn);
        await this.#turn;
      }
      await delay(TURN_MS);
    }
  }

  async #produce(count: number): Promise<void> {
    const records = Array.from({ length: count }, () => this.#next());
    const partitions = new Map<string, NewRecord[]>();
    for (const record of records) {
      const key = `${record.topic} ${record.partition}`;
      partitions.set(key, [...(partitions.get(key) ?? []), record]);
    }
    try {
      await this.#send(partitions);
    } catch {
      for (const { topic, organizationId, value } of records)
        this.uncertain.push({ topic, organizationId, valueDigest: digestOf(value) });
    }
  }

  async #send(partitions: ReadonlyMap<string, readonly NewRecord[]>): Promise<void> {
    const { topicPrefix } = this.options;
    const acknowledged = await this.#producer.sendBatch({
      acks: -1,
      topicMessages: [...partitions.values()].map((records) => ({
        topic: `${topicPrefix}${records[0]?.topic}`,
        messages: records.map(({ partition, organizationId, value }) => ({
          partition,
          key: organizationId,
          value,
        })),
      })),
    });
    const acknowledgedAt = Date.now();
    for (const { topicName, partition, baseOffset } of acknowledged) {
      const topic = topicName.slice(topicPrefix.length);
      const records = partitions.get(`${topic} ${partition}`) ?? [];
      for (const [index, { organizationId, value }] of records.entries()) {
        const offset = String(BigInt(baseOffset ?? 0) + BigInt(index));
        const valueDigest = digestOf(value);
        this.produced.push({
          topic,
          partition,
          offset,
          acknowledgedAt,
          organizationId,
          valueDigest,
        });
      }
    }
  }

  /** Of an organization at random; all of one are in one partition of a topic, hence in order. */
  #next(): NewRecord {
    const { random, organizations, partitions } = this.options;
    const organizationId = random.one(organizations);
    this.#number += 1;
    const value = JSON.stringify({
      organizationId,
      n: this.#number,
      text: 'é'.repeat(random.whole(0, 200)),
    });
    return {
      topic: random.one(TOPICS),
      partition: organizations.indexOf(organizationId) % partitions,
      organizationId,
      value: Buffer.from(value),
    };
  }
}
