import { crash, waitFor } from '@app/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FaultScene, SHORT_LEASE } from './fault-scene.js';
import type { Subscriber } from './subscriber.js';

const PARTITIONS = 3;
const QUEUES = 20;
const RECORDS_EACH = 300;

/** Requests that may begin before an earlier outcome is recorded: the default, said so that it is what is tested. */
const AHEAD = 8;

let scene: FaultScene;

beforeAll(async () => {
  scene = await FaultScene.create({
    ...SHORT_LEASE,
    KAFKA_TOPIC_PARTITIONS: String(PARTITIONS),
    INGEST_BATCH_SIZE: '100',
    DELIVERY_AHEAD: String(AHEAD),
  });
});
afterAll(() => scene.dispose());

describe('kill -9 of one of three replicas in the middle of 6,000 records', () => {
  it('loses nothing and stores nothing twice; every queue keeps its order', async () => {
    const subscribers = await scene.subscribers(QUEUES);
    const [crashing] = await Promise.all([scene.startBehindProxy(), scene.start(), scene.start()]);
    await publish(subscribers, 0, 50);
    await crashing.log.waitFor('batch.enqueued');
    // From now on it cannot finish a batch: what it has committed, it cannot tell the broker.
    const underWay = scene.proxy.holdAnswers('enqueue_messages');
    await publish(subscribers, 50, RECORDS_EACH);
    await underWay.answered();
    await crash(scene.deployment, crashing);

    await waitFor(() => allDelivered(), { timeoutMs: 60_000, describe: progress });
    const numbers = Array.from({ length: RECORDS_EACH }, (_, n) => n);
    for (const subscriber of subscribers) {
      expect(subscriber.firstDeliveries).toEqual(numbers);
      const steps = subscriber.numbers.slice(1).map((n, i) => n - (subscriber.numbers[i] ?? 0));
      const back = steps.filter((step) => step !== 1);
      expect(back.length, 'the one crash steps back once').toBeLessThanOrEqual(1);
      const repeats = subscriber.numbers.length - RECORDS_EACH;
      expect(repeats, 'more than what was not recorded').toBeLessThanOrEqual(AHEAD + 1);
      expect(back.map((step) => 1 - step)).toEqual(repeats === 0 ? [] : [repeats]);
    }
    const joined = scene.deployment.replicas.flatMap((service) => service.log.of('batch.enqueued'));
    expect(joined.some(({ duplicates }) => Number(duplicates) > 0)).toBe(true);
  });
});

/** Numbers from `start` to before `end` for each, every partition with its share of the queues. */
async function publish(subscribers: readonly Subscriber[], start: number, end: number) {
  const numbers = Array.from({ length: end - start }, (_, index) => start + index);
  await scene.deployment.publish(
    ...subscribers.flatMap((subscriber, index) =>
      subscriber
        .records(...numbers)
        .map((record) => ({ ...record, partition: index % PARTITIONS })),
    ),
  );
}

interface Progress {
  readonly messages: number;
  readonly waiting: number;
}

async function progress(): Promise<Progress> {
  return scene.deployment.database.one<Progress & Record<string, unknown>>(
    `SELECT sum(tail_seq)::integer AS messages, sum(tail_seq + 1 - head_seq)::integer AS waiting
     FROM integration_queue`,
  );
}

async function allDelivered(): Promise<boolean> {
  const { messages, waiting } = await progress();
  return messages === QUEUES * RECORDS_EACH && waiting === 0;
}
