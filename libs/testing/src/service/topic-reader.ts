import { randomBytes } from 'node:crypto';
import { Kafka, logLevel, type Consumer } from 'kafkajs';
import { ConditionWaits } from '../receiver/condition-waits.js';

export interface ReadRecord {
  readonly key: string | null;
  readonly value: string | null;
}

/** Reads a topic from its beginning, as somebody does who listens to the service's own topics. */
export class TopicReader {
  readonly records: ReadRecord[] = [];
  readonly #waits = new ConditionWaits();

  private constructor(
    private readonly consumer: Consumer,
    private readonly topic: string,
  ) {}

  /** The topic has to exist; its name is the one on the broker. */
  static async start(brokers: readonly string[], topic: string): Promise<TopicReader> {
    const kafka = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING });
    const groupId = `${topic}.reader.${randomBytes(6).toString('hex')}`;
    const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 100 });
    const reader = new TopicReader(consumer, topic);
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({ eachMessage: ({ message }) => reader.#take(message) });
    return reader;
  }

  /** The first record whose parsed value fits, be it read already or yet to come. */
  async waitFor<T>(fits: (value: T) => boolean): Promise<T> {
    const found = (): T | undefined => this.values<T>().find(fits);
    await this.#waits.until(
      () => found() !== undefined,
      10_000,
      () => `${this.records.length} records on ${this.topic}, none of them that`,
    );
    return found() as T;
  }

  /** Every value so far, parsed as JSON. */
  values<T>(): T[] {
    return this.records.map(({ value }) => JSON.parse(value ?? 'null') as T);
  }

  async stop(): Promise<void> {
    await this.consumer.disconnect();
  }

  #take(message: { key: Buffer | null; value: Buffer | null }): Promise<void> {
    const { key, value } = message;
    this.records.push({ key: key?.toString() ?? null, value: value?.toString() ?? null });
    this.#waits.changed();
    return Promise.resolve();
  }
}
