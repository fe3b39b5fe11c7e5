import type { DeliveredOutcome } from '@app/delivery';
import type { DeliveryRecorder } from './delivery-recorder.js';
import type { QueueLease, QueueMessage } from './queue-lease.js';
import type { QueueStore } from './queue.store.js';
import type { DiscardedOutcome, Settled } from './settlement.js';
import { WebhookPlaces } from './webhook-places.js';

/** A message that was answered with 2xx, or passed over because its subscription was removed. */
export interface Delivery {
  readonly message: QueueMessage;
  readonly attempt: number;
  readonly outcome: DeliveredOutcome | DiscardedOutcome;
  /** `performance.now()` when the attempt began. */
  readonly startedAt: number;
}

/** What the statement that recorded deliveries of a run told. */
export interface RunRecorded {
  /** There are messages behind the recorded ones. */
  readonly more: boolean;
  /** What is in hand may be sent. */
  readonly goesOn: boolean;
  /** False: the record gave the lease back. */
  readonly isHeld: boolean;
  /** As {@link QueueLease.deadline}. */
  readonly deadline: number;
  /** The next ones behind what was in hand, if any were asked for. */
  readonly messages: readonly QueueMessage[];
}

/** A run as the statement sees it that records its deliveries. */
export interface RecordedRun {
  readonly queueId: string;
  /** The fencing token. */
  readonly token: string;
  /** Asked once, when the statement is made that records so many deliveries of the run. */
  request(deliveries: number): RunRequest;
}

export interface RunRequest {
  /** Number of the first message that was not handed out yet. */
  readonly from: string;
  /** How many to hand out. */
  readonly wanted: number;
  /** Nothing more is under way: the lease is to be given back. */
  readonly ends: boolean;
}

export interface RunOptions {
  /** Requests of a queue that may begin before the outcome of an earlier one is recorded. */
  readonly ahead: number;
  /** A receiver that takes longer is not run ahead of, milliseconds. */
  readonly quickMs: number;
  /** Is it worth while to have more messages in hand than now? */
  readonly wantsMore: (inHand: number) => boolean;
  /** Told once of each delivery; false where it was fenced. */
  readonly onRecorded: (delivery: Delivery, isRecorded: boolean) => void;
}

/** Messages of one queue in hand at most: those of a turn. */
export const RUN_MESSAGES = 20;

/**
 * Milliseconds. Running ahead of the commit only helps where the receiver is about as quick as a commit. A
 * slower one is sent each message as it was read when the one before was recorded, so that a change of
 * its subscription holds for the next message, and is answered within 2 s (20 messages of 100 ms).
 */
export const QUICK_MS = 100;

/**
 * A leased queue on its way through its messages, one request at a time. Outcomes are recorded behind
 * it, at most `ahead` of them outstanding, so that a quick receiver does not wait for commits (ADR 34).
 * A crash repeats what is not recorded, from the recorded head on and in order.
 */
export class DeliveryRun implements RecordedRun {
  private readonly places = new WebhookPlaces();
  private hand: QueueMessage[];
  /** Number of the message that came into the hand last. */
  private handedOut: bigint;
  private deadline: number;
  private unrecorded = 0;
  /** Those of them that were sent. */
  private ahead = 0;
  private stopped = false;
  private state: 'held' | 'given_back' | 'fenced' = 'held';
  private more = true;
  private wanted = 0;
  private onChange: (() => void) | undefined;

  constructor(
    private readonly lease: QueueLease,
    private readonly parts: { readonly recorder: DeliveryRecorder; readonly store: QueueStore },
    private readonly options: RunOptions,
  ) {
    this.hand = [lease.head, ...lease.behind];
    this.handedOut = BigInt(this.hand.at(-1)?.seq ?? 0);
    this.deadline = lease.deadline;
  }

  get queueId(): string {
    return this.lease.queueId;
  }

  get token(): string {
    return this.lease.token;
  }

  request(deliveries: number): RunRequest {
    const ends = this.stopped && deliveries === this.unrecorded;
    return { from: String(this.handedOut + 1n), wanted: ends ? 0 : this.wanted, ends };
  }

  /** The lease on the next message to send, or undefined where the run is over. */
  async next(): Promise<QueueLease | undefined> {
    while (!this.stopped && this.mustWait()) await this.change();
    const message = this.stopped ? undefined : this.hand.shift();
    if (!message) return undefined;
    const { lease, deadline } = this;
    return {
      ...lease,
      attempts: message === lease.head ? lease.attempts : 0,
      head: this.places.of(message),
      behind: [],
      deadline,
    };
  }

  /** `goesOn` false: nothing more is sent. */
  done(delivery: Delivery, goesOn: boolean): void {
    const isSent = delivery.outcome.kind === 'delivered';
    if (isSent) this.places.deliver(delivery.message);
    const isSlow = isSent && delivery.outcome.durationMs > this.options.quickMs;
    if (isSlow) {
      this.hand = [];
      this.handedOut = BigInt(delivery.message.seq);
    }
    this.wanted = goesOn ? this.room(isSlow) : 0;
    if (!goesOn || (this.wanted === 0 && this.hand.length === 0)) this.stopped = true;
    this.unrecorded += 1;
    if (isSent) this.ahead += 1;
    void this.parts.recorder.record(this, delivery).then((isRecorded) => {
      this.options.onRecorded(delivery, isRecorded);
      this.onChange?.();
    });
  }

  /**
   * Called with the answer of the statement that recorded these deliveries, before the next statement is
   * made; undefined where the lease was lost.
   */
  committed(deliveries: readonly Delivery[], result: RunRecorded | undefined): void {
    this.unrecorded -= deliveries.length;
    this.ahead -= deliveries.filter(({ outcome }) => outcome.kind === 'delivered').length;
    if (result === undefined) {
      this.stopped = true;
      this.state = 'fenced';
    } else {
      this.take(result);
    }
  }

  /** Resolves when every delivery is recorded; false where the lease was lost meanwhile. */
  async allRecorded(): Promise<boolean> {
    while (this.unrecorded > 0) await this.change();
    return this.state !== 'fenced';
  }

  /**
   * Ends the run, and gives the lease back where the record of its last delivery did not. `delayMs` as
   * in {@link QueueStore.release}.
   */
  async end(delayMs = 0): Promise<Settled> {
    this.stopped = true;
    if (!(await this.allRecorded())) return { kind: 'fenced' };
    if (this.state === 'held') await this.parts.store.release([this.lease], delayMs);
    return {
      kind: 'settled',
      next: undefined,
      more: this.more,
      dueAt: undefined,
      dueInMs: delayMs,
      blocked: false,
      probes: false,
      lastTriedAt: undefined,
    };
  }

  private mustWait(): boolean {
    return this.ahead > this.options.ahead || (this.hand.length === 0 && this.unrecorded > 0);
  }

  private room(isSlow: boolean): number {
    const inHand = this.hand.length;
    if (inHand > RUN_MESSAGES / 2 || !this.options.wantsMore(inHand)) return 0;
    return isSlow ? 1 : RUN_MESSAGES - inHand;
  }

  private take(result: RunRecorded): void {
    this.more = result.more;
    if (this.state !== 'fenced') this.state = result.isHeld ? 'held' : 'given_back';
    if (!result.goesOn) this.stopped = true;
    if (this.stopped) return;
    this.deadline = result.deadline;
    for (const message of result.messages) {
      if (BigInt(message.seq) !== this.handedOut + 1n) break;
      this.hand.push(message);
      this.handedOut += 1n;
    }
  }

  private change(): Promise<void> {
    return new Promise((resolve) => (this.onChange = resolve));
  }
}
