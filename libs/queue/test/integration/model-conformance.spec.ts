import { randomUUID } from 'node:crypto';
import { QueueOperationsStore, QueueStore, type QueueLease, type RecordedRun } from '@app/queue';
import {
  ALL_PROTECTIONS,
  explore,
  FULL_SIZE,
  initialState,
  PROTECTION_NAMES,
  Random,
  sizeWithout,
  stepsOf,
  without,
  type ProtocolAction,
  type ProtocolSize,
  type ProtocolState,
} from '@app/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  messageFor,
  QueueFixture,
  REJECTED,
  settlement,
  type TestQueue,
} from '../queue-fixture.js';

const ANA = { actor: 'ana', reason: 'the model' };

const WALKS = 25;
const STEPS = 60;

const SIZE: ProtocolSize = { ...FULL_SIZE, budget: { faults: 4, refusals: 3, skips: 1 } };

let fixture: QueueFixture;
beforeAll(async () => {
  fixture = await QueueFixture.create();
});
afterAll(() => fixture?.drop());

/** The real queues and leases beside the model's; requests are only thought. */
class RealQueues {
  private readonly ids = new Map<string, string>();
  private readonly leases = new Map<string, QueueLease>();
  private readonly stores: readonly QueueStore[];

  private constructor(
    readonly queues: readonly TestQueue[],
    private readonly size: ProtocolSize,
  ) {
    this.stores = Array.from({ length: size.workers }, (_, n) =>
      fixture.store({ owner: `worker ${n}`, runMessages: 20 }),
    );
  }

  static async create(size: ProtocolSize): Promise<RealQueues> {
    return new RealQueues(await fixture.queues(size.queues), size);
  }

  /** What the step did to the database; the state is that before it. */
  async perform(action: ProtocolAction, before: ProtocolState): Promise<void> {
    switch (action.action) {
      case 'enqueue':
        return this.enqueue(action.worker, before);
      case 'claim':
        return this.claim(action.worker, action.queue);
      case 'settle':
        return this.settle(action.worker, action.queue, before);
      case 'block':
        return this.block(action.worker, action.queue);
      case 'giveUp':
        return this.stores[action.worker]?.release([this.lease(action.worker, action.queue)]);
      case 'skip':
        return this.skip(action.queue, before);
      case 'expireLease':
        return fixture.set(
          this.queue(action.queue),
          `lease_until = clock_timestamp() - interval '1 ms'`,
        );
      // Nothing that the database would notice.
      case 'read':
      case 'number':
      case 'commitOffset':
      case 'wake':
      case 'send':
      case 'receive':
      case 'crash':
      case 'pause':
      case 'resume':
      case 'skew':
      case 'redeliver':
    }
  }

  async rows() {
    return Promise.all(
      this.queues.map(async (queue) => {
        const { head_seq, tail_seq, status, leased } = await fixture.row(queue);
        return {
          head: Number(head_seq),
          tail: Number(tail_seq),
          isBlocked: status === 'BLOCKED',
          leased,
        };
      }),
    );
  }

  private queue(at: number): TestQueue {
    const queue = this.queues[at];
    if (!queue) throw new Error(`there is no queue ${at}`);
    return queue;
  }

  private lease(worker: number, queue: number): QueueLease {
    const lease = this.leases.get(`${worker} ${queue}`);
    if (!lease) throw new Error(`worker ${worker} never claimed queue ${queue}`);
    return lease;
  }

  private async enqueue(worker: number, { workers }: ProtocolState): Promise<void> {
    const { partition = 0, record = 0 } = workers[worker]?.ingest ?? {};
    const key = `${partition} ${record}`;
    const id = this.ids.get(key) ?? randomUUID();
    this.ids.set(key, id);
    await fixture.enqueue([
      messageFor(this.queue(this.size.partitions[partition]?.queue ?? 0), key, id),
    ]);
  }

  private async claim(worker: number, at: number): Promise<void> {
    const [lease] = (await this.stores[worker]?.claim([this.queue(at).queueId])) ?? [];
    if (!lease) throw new Error('the queue was not claimed');
    this.leases.set(`${worker} ${at}`, lease);
  }

  /** Where the lease was lost nothing happens: the rows say whether that is so. */
  private async settle(worker: number, at: number, before: ProtocolState): Promise<void> {
    const lease = this.lease(worker, at);
    const run = before.workers[worker]?.runs[at];
    if (!run) throw new Error('there is no run');
    const messages = await this.messages(at);
    const recorded: RecordedRun = {
      queueId: lease.queueId,
      token: lease.token,
      request: () => ({
        from: String(run.upTo + 1),
        wanted: 0,
        ends: run.at > run.upTo && run.phase === 'ready',
      }),
    };
    if (!lease.mayRun) {
      await this.stores[worker]?.settle([settlement(lease, { keep: false })]);
      return;
    }
    const deliveries = messages.slice(run.first - 1, run.at - 1).map((message) => ({
      message: { ...lease.head, ...message },
      attempt: 1,
      outcome: { kind: 'delivered', statusCode: 200, durationMs: 1 } as const,
      startedAt: performance.now(),
    }));
    await this.stores[worker]?.recordDeliveries(new Map([[recorded, deliveries]]));
  }

  private async block(worker: number, at: number): Promise<void> {
    const lease = this.lease(worker, at);
    const { head_seq } = await fixture.row(this.queue(at));
    const head = { ...lease.head, ...(await this.messages(at))[Number(head_seq) - 1] };
    const failed = settlement({ ...lease, head }, { outcome: REJECTED, retryInMs: 0 });
    await this.stores[worker]?.settle([failed]);
  }

  private async skip(at: number, before: ProtocolState): Promise<void> {
    const { head = 1 } = before.queues[at] ?? {};
    const message = (await this.messages(at))[head - 1];
    const { queueId } = this.queue(at);
    const operations = new QueueOperationsStore(fixture.dataSource);
    const { verdict } = await operations.skip(queueId, message?.messageId ?? '', ANA);
    if (verdict !== 'changed') throw new Error(`the skip was answered ${verdict}`);
  }

  private messages(at: number): Promise<{ seq: string; messageId: string }[]> {
    return fixture.database.query<{ seq: string; messageId: string }>(
      `SELECT seq, message_id AS "messageId" FROM integration_queue_message WHERE queue_id = $1 ORDER BY seq`,
      [this.queue(at).queueId],
    );
  }
}

const expected = ({ queues }: ProtocolState) =>
  queues.map(({ head, stored, isBlocked, isLeased }) => ({
    head,
    tail: stored.length,
    isBlocked,
    leased: isLeased,
  }));

describe('the statements of the queue do what the model says', () => {
  const seeds = Array.from({ length: WALKS }, (_, seed) => seed + 1);
  // As the model's full set, but with every order of steps.
  const terms = { size: SIZE, protections: new Set(ALL_PROTECTIONS) };

  it.each(seeds)('on walk %i', async (seed) => {
    const random = new Random(`walk ${seed}`);
    const real = await RealQueues.create(SIZE);
    let state = initialState(SIZE);
    const walked: ProtocolAction[] = [];
    for (let count = 0; count < STEPS; count += 1) {
      const steps = stepsOf(state, terms);
      if (steps.length === 0) break;
      const step = random.one(steps);
      walked.push(step.action);
      await real.perform(step.action, state);
      state = step.next;
      expect(await real.rows(), JSON.stringify(walked)).toEqual(expected(state));
    }
    expect(walked.length).toBeGreaterThan(20);
  });
});

describe('a story that breaks a promise without a protection', () => {
  it.each(PROTECTION_NAMES)('%s ends differently where it is there', async (protection) => {
    const size = sizeWithout(protection);
    const { counterexample } = explore({ size, protections: without(protection) });
    const story = counterexample?.story ?? [];
    const real = await RealQueues.create(size);
    const terms = { size, protections: new Set(ALL_PROTECTIONS) };
    let state = initialState(size);
    let told = 0;
    for (const action of story) {
      const wanted = JSON.stringify(action);
      const step = stepsOf(state, terms).find((each) => JSON.stringify(each.action) === wanted);
      if (!step) break;
      expect(step.violation, wanted).toBeUndefined();
      await real.perform(action, state);
      state = step.next;
      told += 1;
      expect(await real.rows(), wanted).toEqual(expected(state));
    }
    // That of the ids can be told to its end: the second time nothing is stored.
    expect(told).toBeLessThan(story.length + Number(protection === 'messageIds'));
  });
});
