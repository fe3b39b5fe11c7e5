import type { KafkaConfiguration } from '@app/platform';
import type { Admin } from 'kafkajs';
import { kafkaClient } from './record-publisher.js';

/** Removes the run's topics and consumer groups from a broker that may be somebody else's. */
export async function removeTopicsAndGroups(kafka: KafkaConfiguration): Promise<void> {
  const admin = kafkaClient(kafka).admin();
  await admin.connect();
  try {
    await removeTopics(admin, kafka.topicPrefix);
    await removeGroups(admin, kafka.groupId);
  } finally {
    await admin.disconnect();
  }
}

async function removeTopics(admin: Admin, prefix: string): Promise<void> {
  const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(prefix));
  if (topics.length > 0) await admin.deleteTopics({ topics });
}

/** A group whose members were killed is not empty until their sessions have run out: it is left then. */
async function removeGroups(admin: Admin, prefix: string): Promise<void> {
  const { groups } = await admin.listGroups();
  const ids = groups.map(({ groupId }) => groupId).filter((id) => id.startsWith(prefix));
  if (ids.length > 0) await admin.deleteGroups(ids).catch(() => undefined);
}
