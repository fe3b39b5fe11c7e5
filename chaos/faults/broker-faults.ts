import { setTimeout as delay } from 'node:timers/promises';
import { emptyGroups, waitFor, withAdmin } from '@app/testing';
import type { Admin } from 'kafkajs';
import type { Stage } from '../world/stage.js';
import { TOPICS } from '../world/load.js';
import type { FaultAction } from './fault-context.js';

/** Of a backlog that nobody reads. */
const LAG = { least: 1_000, most: 4_000 };

const CAUGHT_UP = { timeoutMs: 90_000 };

export const brokerKill: FaultAction = async ({ stage, forMs }) => {
  await stage.servers.kafka.kill();
  await delay(forMs);
  await stage.servers.kafka.start();
  return { detail: `the broker was killed and away for ${forMs} ms` };
};

export const brokerRestart: FaultAction = async ({ stage, forMs }) => {
  await stage.servers.kafka.stop();
  await delay(forMs);
  await stage.servers.kafka.start();
  return { detail: `the broker was stopped and away for ${forMs} ms` };
};

/** The group's offsets, and with them its coordinator, go to another broker, and back. */
export const coordinatorMoved: FaultAction = async ({ stage, forMs }) => {
  const { servers } = stage;
  await servers.secondBroker();
  await moveCoordinators(servers.kafka.brokers, 2);
  await delay(forMs);
  await moveCoordinators(servers.kafka.brokers, 1);
  return { detail: `the coordinators were at another broker for ${forMs} ms` };
};

async function moveCoordinators(brokers: readonly string[], to: number): Promise<void> {
  const topics = [
    { topic: '__consumer_offsets', partitionAssignment: [{ partition: 0, replicas: [to] }] },
  ];
  await withAdmin(brokers, async (admin) => {
    await admin.alterPartitionReassignments({ topics });
    await waitFor(async () => (await leaderOfOffsets(admin)) === to, CAUGHT_UP);
  });
}

async function leaderOfOffsets(admin: Admin): Promise<number | undefined> {
  const { topics } = await admin.fetchTopicMetadata({ topics: ['__consumer_offsets'] });
  const [partition] = topics[0]?.partitions ?? [];
  // While it is on its way both are replicas.
  return partition?.replicas.length === 1 ? partition.leader : undefined;
}

export const offsetsToBeginning: FaultAction = async ({ stage }) => {
  const { count } = await withoutReplicas(stage, async () => {
    await stage.deployment.rewind();
  });
  return { detail: `${count} replicas were stopped; the group reads from the beginning` };
};

/** Only where nothing is unread: what is unread would be lost by whoever sets offsets like this. */
export const offsetsToEnd: FaultAction = async ({ stage, random }) => {
  await stage.load.pause();
  try {
    await waitFor(async () => (await stage.lag().catch(() => NaN)) === 0, CAUGHT_UP);
    const { groupId, topicPrefix } = stage.deployment;
    // One of them: it takes kafkajs five seconds.
    const topic = random.one(TOPICS);
    const { count } = await withoutReplicas(stage, () =>
      withAdmin(stage.servers.kafka.brokers, (admin) =>
        admin.resetOffsets({ groupId, topic: `${topicPrefix}${topic}`, earliest: false }),
      ),
    );
    return { detail: `${count} replicas were stopped; the group reads ${topic} from the end` };
  } finally {
    stage.load.resume();
  }
};

export const lag: FaultAction = async ({ stage, random }) => {
  const records = random.whole(LAG.least, LAG.most);
  const { count } = await withoutReplicas(stage, () => stage.load.burst(records));
  return { detail: `${count} replicas were stopped while ${records} records came` };
};

/** All of them stop in order, and as many come. */
async function withoutReplicas(
  stage: Stage,
  work: () => Promise<void>,
): Promise<{ count: number }> {
  const count = stage.fleet.able.length;
  try {
    await stage.fleet.stopAll();
    const { brokers, groupId } = stage.deployment;
    // One that stands still, or was killed a moment ago, is a member until its session's end.
    await emptyGroups(brokers, [groupId, `${groupId}-wakeup`]);
    await work();
  } finally {
    for (let started = 0; started < Math.max(1, count); started += 1) await stage.fleet.launch();
  }
  return { count };
}
