import {
  QueueOperationsStore,
  type OperationResult,
  type RecoverySettings,
  type ReplayRange,
} from '@app/queue';
import { findOverlaps, readEnvelope, TestReceiver, waitFor } from '@app/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { QueueFixture, type TestQueue } from '../queue-fixture.js';
import { Replica, upTo } from '../replica.js';

const MESSAGES = 300;
const CHUNK = 20;
/** Of each of the two operators. */
const DEEDS = 120;
const FAILURES = 0.25;

/** Replaying everything, again and again, would have no end. */
const lastMoments = (): ReplayRange => ({ from: new Date(Date.now() - 50), to: new Date() });

let fixture: QueueFixture;
let receiver: TestReceiver;
let replicas: Replica[];
beforeAll(async () => {
  fixture = await QueueFixture.create();
});
afterAll(() => fixture?.drop());
beforeEach(async () => {
  receiver = await TestReceiver.start();
  const options = { sweepMs: 15, backoff: { minMs: 10, maxMs: 20 }, concurrency: 4 };
  replicas = [
    new Replica(await fixture.database.dataSource(), options),
    new Replica(await fixture.database.dataSource(), options),
  ];
});
afterEach(async () => {
  await Promise.all(replicas.map((replica) => replica.stop()));
  await receiver.close();
});

/** The same numbers in every run: mulberry32. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Message {
  readonly id: string;
  readonly status: string;
}

const messagesOf = ({ queueId }: TestQueue) =>
  fixture.database.query<Message & Record<string, unknown>>(
    `SELECT message_id AS id, status FROM integration_queue_message_state
     WHERE integration_id = $1 ORDER BY seq`,
    [queueId],
  );

/** Does this and that to a queue, and to messages that it finds there. */
class RestlessOperator {
  private readonly operations: QueueOperationsStore;

  constructor(
    private readonly queue: TestQueue,
    private readonly random: () => number,
  ) {
    this.operations = new QueueOperationsStore(fixture.dataSource);
  }

  async act(deeds: number): Promise<void> {
    for (let n = 0; n < deeds; n += 1) await this.deed();
  }

  private async deed(): Promise<OperationResult | undefined> {
    const { operations } = this;
    const { queueId } = this.queue;
    const who = { actor: 'restless' };
    const choice = this.random();
    if (choice < 0.1) return operations.pause(queueId, who);
    if (choice < 0.3) return operations.resume(queueId, who);
    if (choice < 0.4) return operations.unblock(queueId, who);
    if (choice < 0.42) return operations.replay(queueId, lastMoments(), who);
    if (choice < 0.45) return operations.setRecovery(queueId, this.settings(), who);
    const parked = choice >= 0.7 && choice < 0.95;
    const message = await this.find(parked ? 'PARKED' : 'QUEUED');
    if (message === undefined) return undefined;
    if (parked) return operations.unskip(queueId, message, who);
    return choice < 0.7
      ? operations.skip(queueId, message, who)
      : operations.discard(queueId, message, who);
  }

  private settings(): RecoverySettings {
    const mode = this.random() < 0.5 ? 'manual' : 'probe';
    return { mode, backoffMinMs: 10, backoffMaxMs: 20 };
  }

  /** One of the first few of that status. */
  private async find(status: string): Promise<string | undefined> {
    const found = (await messagesOf(this.queue)).filter((each) => each.status === status);
    return found[Math.floor(this.random() * Math.min(3, found.length))]?.id;
  }
}

describe('two operators who do and undo each other’s deeds under traffic', () => {
  it('never reorder, double or lose a message', async () => {
    const path = '/torn';
    const queue = await fixture.queue(receiver.url(path));
    const random = randomNumbers(20_261_126);
    const statuses = upTo(2_000).map(() => (random() < FAILURES ? 503 : 200));
    const [first = 200, ...others] = statuses;
    const answer = (status: number) => ({ kind: 'answer', status }) as const;
    receiver.script(path, answer(first), ...others.map(answer), answer(200));

    const operators = [1, 2].map((seed) => new RestlessOperator(queue, randomNumbers(seed)));
    const traffic = async (): Promise<void> => {
      for (let from = 0; from < MESSAGES; from += CHUNK) {
        await replicas[0]?.publish(
          queue,
          upTo(CHUNK).map((n) => from + n),
        );
      }
    };
    await Promise.all([traffic(), ...operators.map((operator) => operator.act(DEEDS))]);

    const operations = new QueueOperationsStore(fixture.dataSource);
    const probing = { mode: 'probe', backoffMinMs: 10, backoffMaxMs: 20 } as const;
    await operations.setRecovery(queue.queueId, probing, { actor: 'ana' });
    await operations.resume(queue.queueId, { actor: 'ana' });
    for (const { id, status } of await messagesOf(queue)) {
      if (status === 'PARKED') await operations.unskip(queue.queueId, id, { actor: 'ana' });
    }
    await waitFor(
      async () => !(await messagesOf(queue)).some(({ status }) => status === 'QUEUED'),
      {
        timeoutMs: 30_000,
      },
    );

    await expectOrder(queue, path, statuses);
    await expectNothingLost(queue);
  });
});

/** By the record and by the receiver: numbers of delivered messages only ever grow. */
async function expectOrder(
  { queueId }: TestQueue,
  path: string,
  statuses: readonly number[],
): Promise<void> {
  const delivered = await fixture.database.query<{ seq: string; id: string }>(
    `SELECT seq, message_id AS id FROM delivery_attempt
     WHERE queue_id = $1 AND outcome = 'delivered' ORDER BY started_at`,
    [queueId],
  );
  const numbers = delivered.map(({ seq }) => Number(seq));
  expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
  const requests = receiver.requestsTo(path);
  expect(requests.length).toBeLessThanOrEqual(statuses.length);
  const accepted = requests.filter((_, index) => statuses[index] === 200);
  const ids = accepted.map(({ body }) => readEnvelope(body).header.messageId);
  expect(ids).toEqual(delivered.map(({ id }) => id));
  expect(findOverlaps(receiver.requests)).toEqual([]);
}

async function expectNothingLost({ queueId }: TestQueue): Promise<void> {
  const events = await fixture.database.query<{ settled: boolean; n: number }>(
    `SELECT bool_or(status IN ('DELIVERED', 'DISCARDED')) AS settled, count(*)::int AS n
     FROM integration_queue_message_state WHERE integration_id = $1
     GROUP BY message_id HAVING count(*) FILTER (WHERE origin = 'event') = 1`,
    [queueId],
  );
  expect(events).toHaveLength(MESSAGES);
  expect(events.filter(({ settled }) => !settled)).toEqual([]);
}
