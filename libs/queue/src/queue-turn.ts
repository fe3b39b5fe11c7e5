import { originOf } from '@app/delivery';
import type { OriginSlots } from './origin-slots.js';

/** Where others wait, a queue gives way after this many messages or milliseconds. */
const TURN_MESSAGES = 20;
const TURN_MS = 2_000;

export interface TurnRules {
  /** Learns from an attempt of the queue; may it stay in its slot? */
  readonly mayStay: (attemptMs: number | undefined) => boolean;
  /** Would somebody use the slot, or the place at this origin, if the queue gave it back? */
  readonly isAnybodyWaiting: (origin: string | undefined) => boolean;
  /** A place at an origin was given back. */
  readonly onLeft: () => void;
}

/**
 * One turn of a queue in its slot: how long it may last, and the place that it holds at an origin. That
 * is kept from one message to the next: given back in between, it would be offered to a parked queue,
 * which would be claimed only to find it taken again.
 */
export class QueueTurn {
  private readonly startedAt = performance.now();
  private sent = 0;
  private endPoint: string | undefined;
  private origin: string | undefined;
  private refusing: string | undefined;

  /** `reserved`: an origin at which the queue has a place already. */
  constructor(
    private readonly queueId: string,
    private readonly origins: OriginSlots,
    private readonly rules: TurnRules,
    reserved?: string,
  ) {
    this.origin = reserved;
  }

  /** The origin that had no place for the next message. */
  get refusedBy(): string | undefined {
    return this.refusing;
  }

  /** Takes a place at the endpoint's origin; false where that is full. */
  enter(endPoint: string): boolean {
    if (endPoint === this.endPoint) return true;
    const origin = originOf(endPoint);
    if (origin !== this.origin) {
      this.leave();
      this.origins.remember(this.queueId, origin);
      if (!this.origins.tryTake(origin)) {
        this.refusing = origin;
        return false;
      }
      this.origin = origin;
    }
    this.endPoint = endPoint;
    return true;
  }

  /** Gives back what is held at an origin. */
  leave(): void {
    const { origin } = this;
    if (origin === undefined) return;
    this.endPoint = undefined;
    this.origin = undefined;
    this.origins.giveBack(origin);
    this.rules.onLeft();
  }

  /** A message was done with, in so many milliseconds where it was sent: may the next one follow? */
  mayGoOn(attemptMs?: number): boolean {
    this.sent += 1;
    return this.rules.mayStay(attemptMs) && (!this.isOver(0) || !this.isAnybodyWaiting());
  }

  /** Will messages that come behind so many in hand still be part of this turn? */
  wantsMore(inHand: number): boolean {
    return !this.isOver(inHand) || !this.isAnybodyWaiting();
  }

  private isOver(inHand: number): boolean {
    return this.sent + inHand >= TURN_MESSAGES || performance.now() - this.startedAt >= TURN_MS;
  }

  private isAnybodyWaiting(): boolean {
    return this.rules.isAnybodyWaiting(this.origin);
  }
}
