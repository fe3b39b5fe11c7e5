import type { Admin, Kafka } from 'kafkajs';

export interface ConsumerLagOptions<Topic extends string> {
  /** Best made with `kafkaScrapeOptions`: a scrape does not wait for kafkajs' own retries. */
  readonly kafka: Kafka;
  readonly groupId: string;
  /** Without the prefix. */
  readonly topics: readonly Topic[];
  readonly topicPrefix: string;
}

interface PartitionOffsets {
  readonly partition: number;
  readonly high: string;
  readonly low: string;
}

/** What kafkajs says for a partition whose offset the group has never committed. */
const NEVER_COMMITTED = -1n;

/** How many records of each topic a group has not committed yet. */
export class ConsumerLagReader<Topic extends string> {
  private connecting: Promise<Admin> | undefined;

  constructor(private readonly options: ConsumerLagOptions<Topic>) {}

  /** One connection serves every call; after a failure the next call begins with a new one. */
  async read(): Promise<ReadonlyMap<Topic, number>> {
    const { groupId, topics, topicPrefix } = this.options;
    const names = topics.map((topic) => `${topicPrefix}${topic}`);
    try {
      const admin = await (this.connecting ??= this.connect(names));
      // First what is committed: read in the other order, it could be ahead of the end.
      const committed = new Map(
        (await admin.fetchOffsets({ groupId, topics: names })).map(
          ({ topic, partitions }) => [topic, committedOf(partitions)] as const,
        ),
      );
      const ends = await Promise.all(names.map((name) => admin.fetchTopicOffsets(name)));
      return new Map(
        topics.map((topic, index) => [
          topic,
          lagOf(ends[index] ?? [], committed.get(`${topicPrefix}${topic}`)),
        ]),
      );
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Not waited for: with a broker that does not answer it takes long. */
  close(): void {
    const { connecting } = this;
    this.connecting = undefined;
    connecting?.then((admin) => admin.disconnect()).catch(() => undefined);
  }

  private async connect(topics: string[]): Promise<Admin> {
    const admin = this.options.kafka.admin();
    try {
      await admin.connect();
      // Before it has seen any metadata it knows no broker to ask for the group's coordinator.
      await admin.fetchTopicMetadata({ topics });
      return admin;
    } catch (error) {
      admin.disconnect().catch(() => undefined);
      throw error;
    }
  }
}

const committedOf = (
  partitions: readonly { readonly partition: number; readonly offset: string }[],
): ReadonlyMap<number, bigint> =>
  new Map(partitions.map(({ partition, offset }) => [partition, BigInt(offset)]));

/** Where nothing is committed the group begins with the oldest record that is there. */
function lagOf(
  partitions: readonly PartitionOffsets[],
  committed: ReadonlyMap<number, bigint> = new Map(),
): number {
  let lag = 0n;
  for (const { partition, high, low } of partitions) {
    const offset = committed.get(partition) ?? NEVER_COMMITTED;
    // Retention may have deleted what was not read: that does not wait any more.
    const from = offset < BigInt(low) ? BigInt(low) : offset;
    const waiting = BigInt(high) - from;
    if (waiting > 0n) lag += waiting;
  }
  return Number(lag);
}
