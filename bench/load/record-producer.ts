import { Kafka, logLevel, Partitioners, type Producer } from 'kafkajs';
import { RECORD_TOPIC, recordOf } from './domain-record.js';

/** An order of records within each queue is checked by entity, so a queue gets several of them. */
export const ENTITIES_PER_QUEUE = 10;

const RECORDS_PER_REQUEST = 1_000;
const RETRY = { initialRetryTime: 100, retries: 8, maxRetryTime: 3_000 };

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
