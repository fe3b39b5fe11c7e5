import { Lane } from './lane.js';
import type { OriginSlots } from './origin-slots.js';
import type { QueueLease } from './queue-lease.js';
import type { QueueLogInterface } from './queue-log.interface.js';
import type { QueueProcessor } from './queue.processor.js';
import { type QueueStore, SLOW_AFTER_MS } from './queue.store.js';
import { QueueTurn, type TurnRules } from './queue-turn.js';
import type { ReadyQueues } from './ready-queues.js';
import type { Settled } from './settlement.js';
import { SlowLane } from './slow-lane.js';

export interface SchedulerOptions {
  /** Queues at work at the same time in this process, each with one request in flight. */
  readonly concurrency: number;
  /** Milliseconds; a queue whose last attempt took longer shares few slots. 2,000 when absent. */
  readonly slowAfterMs?: number;
}

/** One claim statement takes no more than this, so that it stays in the range of milliseconds. */
const CLAIM_LIMIT = 200;

/** `active` values: was the queue woken again while it was at work? */
const NOT_WOKEN = false;
const WOKEN = true;

/**
 * ⑤ Works off woken queues: claims many at once, sends one message at a time for each, as many
 * queues in parallel as there are slots. A slow receiver holds one slot for each of its queues, at
 * most the slots of its origin, all slow ones together at most those of the slow lane, and never
 * anything that another queue waits for. Probes of blocked queues have a lane of their own, so that
 * ten thousand of them cost the healthy ones nothing.
 */
export class QueueScheduler {
  private readonly active = new Map<string, boolean>();
  private readonly slow: SlowLane;
  private readonly probes: Lane;
  private readonly paced = new Map<string, NodeJS.Timeout>();
  /** Queues whose slots are kept for what is being enqueued, with the origin at which a place is kept. */
  private readonly offered = new Map<string, string | undefined>();
  private claiming = false;
  private stopping = false;
  private whenIdle: (() => void) | undefined;

  constructor(
    private readonly store: QueueStore,
    private readonly processor: QueueProcessor,
    private readonly queues: { readonly ready: ReadyQueues; readonly origins: OriginSlots },
    private readonly log: QueueLogInterface,
    private readonly options: SchedulerOptions,
  ) {
    this.slow = new SlowLane(options.concurrency, options.slowAfterMs ?? SLOW_AFTER_MS);
    this.probes = new Lane(options.concurrency);
  }

  start(): void {
    this.queues.ready.listen(() => void this.pump(), {
      offer: (queueIds) => this.offer(queueIds),
      adopt: (offered, leases) => this.adopt(offered, leases),
      decline: (offered) => void this.decline(offered),
    });
  }

  /** Queues at work in this process. */
  get inFlight(): number {
    return this.active.size;
  }

  /**
   * Claims nothing more, lets what is in flight finish and be recorded, and resolves once no lease
   * is held. Takes at most the sender's total deadline plus the commit.
   */
  async stop(): Promise<void> {
    this.stopping = true;
    for (const timer of this.paced.values()) clearTimeout(timer);
    if (this.active.size === 0 && !this.claiming) return;
    await new Promise<void>((resolve) => (this.whenIdle = resolve));
  }

  /** Claims until the slots are full or nobody waits. Only one claim is under way at a time. */
  private async pump(): Promise<void> {
    if (this.claiming || this.stopping) return;
    this.claiming = true;
    try {
      for (let next = this.nextQueues(); next.size > 0; next = this.nextQueues()) {
        await this.claim(next);
      }
    } catch (error) {
      // The ids are lost from memory only: the sweeper finds their queues again.
      this.log.error('claim.failed', { error });
    } finally {
      this.claiming = false;
      this.tellIfIdle();
    }
  }

  /** Ids that were not claimed, because somebody else was at work or nothing is due, hold no place. */
  private async claim(reserved: ReadonlyMap<string, string | undefined>): Promise<void> {
    const unclaimed = new Map(reserved);
    try {
      for (const lease of await this.store.claim([...reserved.keys()])) {
        unclaimed.delete(lease.queueId);
        void this.work(lease, reserved.get(lease.queueId));
      }
    } finally {
      const { origins, ready } = this.queues;
      for (const [id, origin] of unclaimed) {
        this.leaveLanes(id);
        if (origin !== undefined) origins.giveBack(origin);
      }
      if (unclaimed.size > 0) ready.add(origins.unpark());
      this.unparkLanes();
    }
  }

  /** Queues to be claimed, each with the origin at which a place is kept for it, where that is known. */
  private nextQueues(): Map<string, string | undefined> {
    const { origins } = this.queues;
    const next = new Map<string, string | undefined>();
    while (!this.stopping && !this.queues.ready.isEmpty) {
      const free = Math.min(CLAIM_LIMIT, this.options.concurrency - this.active.size) - next.size;
      if (free <= 0) break;
      for (const { queueId, isProbe } of this.queues.ready.take(free)) {
        const lane = isProbe ? this.probes : this.slow;
        if (this.active.has(queueId)) this.active.set(queueId, WOKEN);
        else if (!origins.isParked(queueId) && lane.admit(queueId)) this.reserve(queueId, next);
      }
    }
    return next;
  }

  /** Adds a queue to those that are claimed next, or parks it where its origin is full. */
  private reserve(queueId: string, next: Map<string, string | undefined>): void {
    const { origins } = this.queues;
    const { origin, isFull } = origins.reserve(queueId);
    if (!isFull || origin === undefined) return void next.set(queueId, origin);
    this.leaveLanes(queueId);
    origins.park(origin, queueId);
  }

  /** Nothing is offered where others wait for the slots already, and no queue that is slow or at work. */
  private offer(queueIds: Iterable<string>): string[] {
    const offered: string[] = [];
    if (this.stopping || this.claiming || !this.queues.ready.isEmpty) return offered;
    for (const queueId of queueIds) {
      if (this.active.size >= this.options.concurrency) break;
      if (this.active.has(queueId) || this.queues.origins.isParked(queueId)) continue;
      if (!this.slow.isQuick(queueId)) continue;
      const { origin, isFull } = this.queues.origins.reserve(queueId);
      if (isFull) continue;
      this.active.set(queueId, NOT_WOKEN);
      this.offered.set(queueId, origin);
      offered.push(queueId);
    }
    return offered;
  }

  private adopt(offered: readonly string[], leases: readonly QueueLease[]): void {
    for (const lease of leases) {
      const origin = this.offered.get(lease.queueId);
      this.offered.delete(lease.queueId);
      void this.work(lease, origin);
    }
    this.giveUp(offered);
  }

  private async decline(offered: readonly string[]): Promise<void> {
    try {
      await this.store.giveBackTaken(offered);
    } catch (error) {
      // Should they have been leased, the leases run out.
      this.log.warn('lease.not_released', { error, queues: offered.length });
    }
    this.giveUp(offered);
  }

  /** Frees the slots of offered queues that were not adopted. */
  private giveUp(offered: readonly string[]): void {
    const woken: string[] = [];
    for (const queueId of offered) {
      if (!this.offered.has(queueId)) continue;
      const origin = this.offered.get(queueId);
      this.offered.delete(queueId);
      if (origin !== undefined) this.queues.origins.giveBack(origin);
      if (this.active.get(queueId) === WOKEN) woken.push(queueId);
      this.active.delete(queueId);
    }
    this.unparkLanes([...woken, ...this.queues.origins.unpark()]);
    this.tellIfIdle();
  }

  /** One turn of a queue, from its claim to the end of its lease. */
  private async work(first: QueueLease, origin: string | undefined): Promise<void> {
    const { queueId } = first;
    if (!this.active.has(queueId)) this.active.set(queueId, NOT_WOKEN);
    let goesOnInMs: number | undefined;
    try {
      goesOnInMs = await this.turn(first, origin);
    } catch (error) {
      this.log.error('queue.turn_failed', { error, integrationId: queueId });
    }
    const woken = this.active.get(queueId) === WOKEN;
    this.active.delete(queueId);
    this.leaveLanes(queueId);
    if (goesOnInMs) this.wakeIn(goesOnInMs, queueId);
    // Also calls the pump where there is nothing to add, because a slot is free.
    this.unparkLanes(goesOnInMs === 0 || woken ? [queueId] : []);
    this.tellIfIdle();
  }

  /** A queue with a pace goes on in this process; should that end before, the sweeper of another finds it. */
  private wakeIn(ms: number, queueId: string): void {
    clearTimeout(this.paced.get(queueId));
    if (this.stopping) return;
    const wake = (): void => {
      this.paced.delete(queueId);
      this.queues.ready.add([queueId]);
    };
    this.paced.set(queueId, setTimeout(wake, Math.ceil(ms)));
  }

  /**
   * In how many milliseconds the queue goes on, where it was given back with messages left; undefined
   * where somebody else sees to that.
   */
  private async turn(first: QueueLease, reserved: string | undefined): Promise<number | undefined> {
    const { queueId } = first;
    const { origins, ready } = this.queues;
    const rules: TurnRules = {
      mayStay: (attemptMs) => {
        if (attemptMs !== undefined) this.slow.judge(queueId, attemptMs);
        return !this.stopping && this.slow.mayGoOn(queueId);
      },
      isAnybodyWaiting: (origin) => this.isAnybodyWaiting(queueId, origin),
      onLeft: () => ready.add(origins.unpark()),
    };
    const turn = new QueueTurn(queueId, origins, rules, reserved);
    try {
      for (let lease = first; ;) {
        const result = await this.processor.send(lease, turn);
        if (result.kind === 'fenced') return 0;
        if (result.kind === 'released') return undefined;
        if (!result.next) return pauseAfter(result);
        lease = result.next;
      }
    } finally {
      turn.leave();
      if (turn.refusedBy !== undefined) {
        origins.park(turn.refusedBy, queueId);
        ready.add(origins.unpark());
      }
    }
  }

  private isAnybodyWaiting(queueId: string, origin: string | undefined): boolean {
    const { ready, origins } = this.queues;
    if (!ready.isEmpty || this.slow.isWanted(queueId) || this.probes.isWanted(queueId)) return true;
    return origin !== undefined && origins.isWanted(origin);
  }

  private leaveLanes(queueId: string): void {
    this.slow.leave(queueId);
    this.probes.leave(queueId);
  }

  /** Offers places that were left, and whoever else is ready. */
  private unparkLanes(others: readonly string[] = []): void {
    const { ready } = this.queues;
    const probes = this.probes.unpark();
    if (probes.length > 0) ready.addProbes(probes);
    ready.add([...this.slow.unpark(), ...others]);
  }

  private tellIfIdle(): void {
    if (this.stopping && this.active.size === 0 && !this.claiming) this.whenIdle?.();
  }
}

/** The sweeper finds a blocked queue when its time has come; only what is to be discarded goes on at once. */
function pauseAfter(settled: Extract<Settled, { kind: 'settled' }>): number | undefined {
  if (!settled.more) return undefined;
  if (!settled.blocked) return settled.dueInMs;
  return settled.dueAt === undefined ? 0 : undefined;
}
