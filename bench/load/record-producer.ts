import { Kafka, logLevel, Partitioners, type Producer } from 'kafkajs';
import { setTimeout as pause } from 'node:timers/promises';
import { monotonicMicros } from '../receiver/delivery-ledger.js';
import { RECORD_TOPIC, recordOf } from './domain-record.js';

/** An order of records within each queue is checked by entity, so a queue gets several of them. */
export const ENTITIES_PER_QUEUE = 10;

const RECORDS_PER_REQUEST = 1_000;
const TICK_MS = 10;
const RETRY = { initialRetryTime: 100, retries: 8, maxRetryTime: 3_000 };

export interface SteadyLoad {
  readonly perSecond: number;
  readonly warmUpS: number;
  readonly measureS: number;
}

/** Produces domain events as the platform does: a key per entity, round the organizations. */
export class RecordProducer {
  private readonly producer: Producer;
  private produced = 0;

  constructor(
    brokers: readonly string[],
    private readonly topicPrefix: string,
    private readonly organizations: readonly string[],
  ) {
    const kafka = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING, retry: RETRY });
    const createPartitioner = Partitioners.DefaultPartitioner;
    this.producer = kafka.producer({ createPartitioner, allowAutoTopicCreation: false });
  }

  connect(): Promise<void> {
    return this.producer.connect();
  }

  disconnect(): Promise<void> {
    return this.producer.disconnect();
  }

  /**
   * So many a second for so long, in an open loop: a slow answer delays no other record, so no wait is
   * hidden. Their times are taken before they are given to the producer; those of the warm-up have none.
   * Up to a tick's length apart each is a request of its own, beyond that those of a tick share one.
   * Resolves when the broker has them all, with how many there were.
   */
  async produceSteadily(load: SteadyLoad): Promise<{ warmUp: number; counted: number }> {
    const { perSecond, warmUpS, measureS } = load;
    const perTick = Math.max(1, Math.round((perSecond * TICK_MS) / 1_000));
    const ticks = (seconds: number): number => Math.round((seconds * perSecond) / perTick);
    const warmUpTicks = ticks(warmUpS);
    const allTicks = warmUpTicks + ticks(measureS);
    const startedAt = performance.now();
    const sent: Promise<void>[] = [];
    for (let tick = 0; tick < allTicks; tick += 1) {
      const dueAt = startedAt + (tick * perTick * 1_000) / perSecond;
      await pause(Math.max(0, dueAt - performance.now()));
      sent.push(this.produce(perTick, tick < warmUpTicks ? 0 : monotonicMicros()));
    }
    await Promise.all(sent);
    return { warmUp: warmUpTicks * perTick, counted: (allTicks - warmUpTicks) * perTick };
  }

  /** Resolves when the broker has them all. */
  async produce(count: number, at = 0): Promise<void> {
    for (let left = count; left > 0; left -= RECORDS_PER_REQUEST) {
      const messages = Array.from({ length: Math.min(left, RECORDS_PER_REQUEST) }, () =>
        this.next(at),
      );
      await this.producer.send({ topic: `${this.topicPrefix}${RECORD_TOPIC}`, acks: -1, messages });
    }
  }

  private next(at: number): { key: string; value: Buffer } {
    const entities = this.organizations.length * ENTITIES_PER_QUEUE;
    const entity = this.produced % entities;
    const number = Math.floor(this.produced / entities) + 1;
    this.produced += 1;
    const organizationId = this.organizations[entity % this.organizations.length] ?? '';
    return { key: `order-${entity}`, value: recordOf({ organizationId, entity, number, at }) };
  }
}
