import { deepEqual, equal, ok } from 'node:assert/strict';
import {
  crashingAt,
  emptyGroups,
  findOverlaps,
  waitFor,
  type CrashPlan,
  type ServiceProcess,
} from '@app/testing';
import { FaultScene } from './fault-scene.js';
import type { Subscriber } from './subscriber.js';

/** Requests that may begin before an earlier outcome is recorded: the default. */
const AHEAD = 8;

const QUEUES = 4;

/** More than a turn of a queue (20 messages), so that queues are claimed again in the middle. */
const RECORDS_A_VISIT = 25;

/** Of the queue whose receiver refuses: its backlog drains slowly at first, as it should. */
const RECORDS_OF_REFUSED = 2;

export type Place = CrashPlan['at'];

/**
 * Processes one after the other, each of which is killed (kill -9) where its place says, with records coming
 * all the time. What the broker and the database find out by waiting is told them: that the member is gone,
 * and that its leases are over.
 */
export class CrashWalk {
  /** In their order. */
  private readonly shutdownSteps: string[] = [];
  private batches = 0;
  private crashes = 0;

  private constructor(
    private readonly scene: FaultScene,
    private readonly subscribers: readonly Subscriber[],
  ) {}

  private static async begin(): Promise<CrashWalk> {
    const scene = await FaultScene.create({ DELIVERY_AHEAD: String(AHEAD) });
    const walk = new CrashWalk(scene, await scene.subscribers(QUEUES));
    // Makes the topics, and tells the steps of an orderly end.
    const first = await scene.start();
    await first.stop();
    const steps = first.log.of('shutdown_step.finished').map(({ step }) => String(step));
    walk.shutdownSteps.push(...steps);
    return walk;
  }

  /** Visits them all, and lets a process that nobody kills deliver what is left. */
  static async along(
    places: (shutdownSteps: readonly string[]) => readonly Place[],
  ): Promise<void> {
    const walk = await CrashWalk.begin();
    try {
      for (const place of places(walk.shutdownSteps)) await walk.visit(place);
      await walk.finish();
    } finally {
      await walk.scene.dispose();
    }
  }

  /** One process that ends at the place. */
  private async visit(at: Place): Promise<void> {
    // It may get there with what is left from before, so nobody waits for its start.
    const service = this.scene.deployment.launch(crashingAt({ at }));
    if (typeof at === 'string') await this.publishUntilItEnds(service);
    else await this.stopInTheMiddle(service);
    const { signal } = await service.exited;
    equal(signal, 'SIGKILL', `it was to be killed at ${JSON.stringify(at)}; ${service.log.tail()}`);
    this.crashes += 1;
    await this.forget(service);
  }

  /** A process that nobody kills delivers what is left. Everything arrived, once and in order. */
  private async finish(): Promise<void> {
    await this.scene.start();
    await waitFor(() => this.isAtRest(), { timeoutMs: 60_000 });
    let published = 0;
    for (const subscriber of this.subscribers) {
      const count = this.publishedTo(subscriber);
      published += count;
      deepEqual(
        subscriber.firstDeliveries,
        Array.from({ length: count }, (_, n) => n),
      );
      const steps = subscriber.numbers.slice(1).map((n, i) => n - (subscriber.numbers[i] ?? 0));
      // The one that is refused comes again as a retry; all other steps back are crashes.
      const back = steps.filter((step) => step < 0);
      ok(back.length <= this.crashes, `${back.length} steps back, ${this.crashes} crashes`);
      for (const step of back) ok(-step <= AHEAD, `${-step} messages were repeated`);
      deepEqual(findOverlaps(this.scene.receiver.requestsTo(subscriber.path)), []);
    }
    const { messages } = await this.scene.deployment.database.one<{ messages: number }>(
      'SELECT sum(tail_seq)::integer AS messages FROM integration_queue',
    );
    equal(messages, published, 'what was stored');
  }

  /** Some points are reached only with queues that wait, and some only with queues that were idle. */
  private async publishUntilItEnds(service: ServiceProcess): Promise<void> {
    while (!service.hasExited) {
      await this.publish();
      await waitFor(async () => service.hasExited || (await this.isAtRest()), {
        timeoutMs: 40_000,
      });
    }
  }

  private async stopInTheMiddle(service: ServiceProcess): Promise<void> {
    await this.publish();
    await service.log.waitFor('batch.enqueued');
    service.kill('SIGTERM');
  }

  /** The next records of every queue; one receiver refuses one of its requests. */
  private async publish(): Promise<void> {
    const [first] = this.subscribers;
    const refuses = { kind: 'answer', status: 503 } as const;
    if (first) this.scene.receiver.script(first.path, refuses, { kind: 'answer' });
    const starts = this.subscribers.map((each) => this.publishedTo(each));
    this.batches += 1;
    await this.scene.deployment.publish(
      ...this.subscribers.flatMap((each, index) => {
        const start = starts[index] ?? 0;
        const numbers = Array.from({ length: this.publishedTo(each) - start }, (_, n) => start + n);
        return each.records(...numbers);
      }),
    );
  }

  private publishedTo(subscriber: Subscriber): number {
    const isRefused = subscriber === this.subscribers[0];
    return this.batches * (isRefused ? RECORDS_OF_REFUSED : RECORDS_A_VISIT);
  }

  private async forget(service: ServiceProcess): Promise<void> {
    const { brokers, groupId, database } = this.scene.deployment;
    await emptyGroups(brokers, [groupId, `${groupId}-wakeup`]);
    await database.query(
      `UPDATE integration_queue SET lease_until = '-infinity' WHERE lease_owner LIKE '%:' || $1`,
      [String(service.pid)],
    );
  }

  private async isAtRest(): Promise<boolean> {
    const rows = await Promise.all(this.subscribers.map((each) => each.isIdle()));
    const arrived = this.subscribers.every(
      (each) => each.firstDeliveries.length === this.publishedTo(each),
    );
    return arrived && rows.every(Boolean);
  }
}
