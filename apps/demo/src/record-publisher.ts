import type { KafkaConfiguration } from '@app/platform';
import { Kafka, logLevel, Partitioners, type Producer, type SASLOptions } from 'kafkajs';
import type { WebhookType } from '@app/events';
import { sampleRecord, type SampleOptions, type SampleRecord } from './sample-record.js';

/** Some 15 s of tries: a broker that has just created the topics answers within the first ones. */
const RETRY = { initialRetryTime: 100, retries: 8, maxRetryTime: 3_000 };

/** As the platform does: produces domain events, and nothing else. */
export class RecordPublisher {
  private readonly producer: Producer;
  private readonly numbers = new Map<string, number>();

  constructor(
    private readonly kafka: KafkaConfiguration,
    private readonly run: string,
  ) {
    this.producer = kafkaClient(kafka).producer({
      createPartitioner: Partitioners.DefaultPartitioner,
      allowAutoTopicCreation: false,
    });
  }

  async connect(): Promise<void> {
    await this.producer.connect();
  }

  async disconnect(): Promise<void> {
    await this.producer.disconnect();
  }

  /** Produces the next sample of each type for the organization. @returns what was produced. */
  async publish(
    organizationId: string,
    types: readonly WebhookType[],
    locationBy?: SampleOptions['locationBy'],
  ): Promise<SampleRecord[]> {
    const records = types.map((type) =>
      sampleRecord({
        type,
        organizationId,
        run: this.run,
        number: this.next(`${type} ${organizationId}`),
        ...(locationBy ? { locationBy } : {}),
      }),
    );
    const byTopic = new Map<string, SampleRecord[]>();
    for (const record of records) {
      byTopic.set(record.topic, [...(byTopic.get(record.topic) ?? []), record]);
    }
    const topicMessages = [...byTopic].map(([topic, ofTopic]) => ({
      topic: `${this.kafka.topicPrefix}${topic}`,
      messages: ofTopic.map(({ key, value, headers }) => ({ key, value, headers })),
    }));
    await this.producer.sendBatch({ topicMessages });
    return records;
  }

  private next(stream: string): number {
    const number = (this.numbers.get(stream) ?? 0) + 1;
    this.numbers.set(stream, number);
    return number;
  }
}

export function kafkaClient({ brokers, clientId, ssl, sasl }: KafkaConfiguration): Kafka {
  return new Kafka({
    brokers: [...brokers],
    clientId: `${clientId}-demo`,
    retry: RETRY,
    logLevel: logLevel.NOTHING,
    ...(ssl === false ? {} : { ssl: { ...ssl } }),
    ...(sasl === undefined ? {} : { sasl: { ...sasl } as SASLOptions }),
  });
}
