import {
  Kafka,
  logLevel,
  Partitioners,
  type Message,
  type Producer,
  type RecordMetadata,
} from 'kafkajs';

export interface PublishedRecord {
  /** Without the prefix. */
  readonly topic: string;
  readonly value: Buffer | string | null;
  readonly key?: string | Buffer;
  readonly headers?: Readonly<Record<string, string | Buffer>>;
  readonly partition?: number;
  /** Milliseconds since the epoch, decimal string; the present when not given. */
  readonly timestamp?: string;
}

/** Publishes records as the platform does, under the topics of one deployment. */
export class TestPublisher {
  private constructor(
    private readonly producer: Producer,
    private readonly prefix: string,
  ) {}

  static async connect(brokers: readonly string[], prefix: string): Promise<TestPublisher> {
    const kafka = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING });
    const producer = kafka.producer({
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
    });
    await producer.connect();
    return new TestPublisher(producer, prefix);
  }

  /** Resolves when the broker has them all; those of one partition keep their order. */
  async publish(...records: readonly PublishedRecord[]): Promise<void> {
    await this.publishAcknowledged(records);
  }

  /** As `publish`, and returns the offsets that the broker gave: one entry a topic and partition. */
  async publishAcknowledged(
    records: readonly PublishedRecord[],
  ): Promise<readonly RecordMetadata[]> {
    const byTopic = new Map<string, Message[]>();
    for (const { topic, ...message } of records) {
      const messages = byTopic.get(topic) ?? [];
      byTopic.set(topic, messages);
      messages.push({ ...message, ...(message.headers && { headers: { ...message.headers } }) });
    }
    return this.producer.sendBatch({
      acks: -1,
      topicMessages: [...byTopic].map(([topic, messages]) => ({
        topic: `${this.prefix}${topic}`,
        messages,
      })),
    });
  }

  async disconnect(): Promise<void> {
    await this.producer.disconnect();
  }
}
