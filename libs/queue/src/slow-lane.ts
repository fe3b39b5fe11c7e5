import { Lane } from './lane.js';

/** Ids that are remembered as slow; beyond that the one that was slow longest ago is forgotten. */
const MAX_REMEMBERED = 10_000;

/**
 * Keeps slots free for receivers that answer quickly: a queue whose last attempt was slow may only
 * be at work in one of the few places of this lane. A receiver that takes 8 s and then answers 200
 * is never blocked, so without the lane two such origins with many queues would hold every slot.
 *
 * A queue is remembered beyond the end of its backlog, or one message every few seconds would always
 * count as the first.
 */
export class SlowLane {
  private readonly slow = new Set<string>();
  private readonly lane: Lane;

  /** `slots`: of the process. An attempt is slow that takes longer than `slowAfterMs`. */
  constructor(
    slots: number,
    private readonly slowAfterMs: number,
  ) {
    this.lane = new Lane(slots);
  }

  /** Learns from an attempt of the queue: the last one decides. */
  judge(queueId: string, attemptMs: number): void {
    this.slow.delete(queueId);
    if (attemptMs <= this.slowAfterMs) return;
    this.slow.add(queueId);
    if (this.slow.size <= MAX_REMEMBERED) return;
    const [oldest] = this.slow;
    if (oldest !== undefined) this.slow.delete(oldest);
  }

  /** Was its last attempt quick, or was there none? */
  isQuick(queueId: string): boolean {
    return !this.slow.has(queueId);
  }

  /** May the queue be claimed now? A slow one takes a place, or is parked where none is free. */
  admit(queueId: string): boolean {
    return !this.slow.has(queueId) || this.lane.admit(queueId);
  }

  /** False for a queue that has turned slow in a slot outside of the lane. */
  mayGoOn(queueId: string): boolean {
    return !this.slow.has(queueId) || this.lane.holds(queueId);
  }

  /** As those of {@link Lane}. */
  isWanted(queueId: string): boolean {
    return this.lane.isWanted(queueId);
  }

  leave(queueId: string): void {
    this.lane.leave(queueId);
  }

  unpark(): string[] {
    return this.lane.unpark();
  }
}
