import { randomBytes } from 'node:crypto';
import { logLevel, Kafka, type Admin } from 'kafkajs';
import { waitFor } from '../wait-for.js';

/** A prefix that no other test uses: every test has topics and groups of its own. */
export function uniquePrefix(name: string): string {
  return `test.${name}.${randomBytes(6).toString('hex')}.`;
}

/** Calls `work` with a connected admin client that logs nothing and retries briefly. */
export async function withAdmin<T>(
  brokers: readonly string[],
  work: (admin: Admin) => Promise<T>,
): Promise<T> {
  const retry = { initialRetryTime: 100, retries: 8, maxRetryTime: 1_000 };
  const kafka = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING, retry });
  const admin = kafka.admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

/**
 * Creates the topics and waits for their leaders. kafkajs' own waiting is not enough: a KRaft broker
 * may answer for a moment that it does not know a topic whose creation it has just confirmed.
 */
export async function createTopics(
  brokers: readonly string[],
  topics: readonly string[],
  partitions = 1,
): Promise<void> {
  await withAdmin(brokers, async (admin) => {
    await admin.createTopics({
      waitForLeaders: false,
      topics: topics.map((topic) => ({ topic, numPartitions: partitions, replicationFactor: 1 })),
    });
    await waitFor(() => haveLeaders(admin, topics));
  });
}

async function haveLeaders(admin: Admin, topics: readonly string[]): Promise<boolean> {
  try {
    const metadata = await admin.fetchTopicMetadata({ topics: [...topics] });
    return metadata.topics.every(({ partitions }) => partitions.every(({ leader }) => leader >= 0));
  } catch {
    return false;
  }
}

/** Deletes every topic that begins with the prefix. */
export async function deleteTopics(brokers: readonly string[], prefix: string): Promise<void> {
  await withAdmin(brokers, async (admin) => {
    const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(prefix));
    if (topics.length > 0) await admin.deleteTopics({ topics });
  });
}

/** What the group has committed, by partition; null where it has committed nothing yet. */
export async function committedOffsets(
  brokers: readonly string[],
  groupId: string,
  topic: string,
): Promise<ReadonlyMap<number, bigint | null>> {
  return withAdmin(brokers, async (admin) => {
    const [found] = await admin.fetchOffsets({ groupId, topics: [topic] });
    return new Map(
      (found?.partitions ?? []).map(({ partition, offset }) => [
        partition,
        BigInt(offset) < 0n ? null : BigInt(offset),
      ]),
    );
  });
}
