import { setTimeout as pause } from 'node:timers/promises';
import type { KafkaConfiguration } from '@app/platform';
import type { Admin } from 'kafkajs';
import { kafkaClient } from './record-publisher.js';

const GONE_WITHIN_MS = 10_000;
const LOOK_EVERY_MS = 50;

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

/** The broker answers when the deletion is decided, and shows the topics for a moment after that. */
async function removeTopics(admin: Admin, prefix: string): Promise<void> {
  const ours = async (): Promise<string[]> =>
    (await admin.listTopics()).filter((topic) => topic.startsWith(prefix));
  const topics = await ours();
  if (topics.length === 0) return;
  await admin.deleteTopics({ topics });
  const deadline = Date.now() + GONE_WITHIN_MS;
  for (let left = await ours(); left.length > 0; left = await ours()) {
    if (Date.now() > deadline) throw new Error(`${left.length} topics are still there`);
    await pause(LOOK_EVERY_MS);
  }
}

/** A group whose members were killed is not empty until their sessions have run out: it is left then. */
async function removeGroups(admin: Admin, prefix: string): Promise<void> {
  const { groups } = await admin.listGroups();
  const ids = groups.map(({ groupId }) => groupId).filter((id) => id.startsWith(prefix));
  if (ids.length > 0) await admin.deleteGroups(ids).catch(() => undefined);
}
