import { messageIdOf } from '@app/queue';

export interface LedgerAttempt {
  readonly attempt: number;
  readonly startedAt: string;
  readonly durationMs: number;
  readonly outcome: string;
  readonly statusCode: number | null;
  readonly code: string | null;
}

/** A position of a queue, as the operator API tells of it. */
export interface LedgerEntry {
  readonly seq: string;
  readonly messageId: string;
  readonly webhookId: string;
  readonly type: string;
  readonly origin: 'EVENT' | 'REPLAY' | 'REQUEUE' | 'TEST';
  readonly topic: string | null;
  readonly partition: number | null;
  readonly offset: string | null;
  readonly enqueuedAt: string;
  readonly status: 'QUEUED' | 'DELIVERED' | 'DISCARDED' | 'PARKED' | 'REQUEUED';
  readonly attemptCount: number;
  readonly lastAttempts: readonly LedgerAttempt[];
  readonly setAside: {
    readonly decidedAt: string;
    readonly decidedBy: string;
    readonly reason: string | null;
  } | null;
}

export interface LedgerTerms {
  /** First position that was asked for. */
  readonly from: bigint;
  /** Last one; what does not come until then is missing. */
  readonly to: bigint;
  /** What was stored before may be gone. */
  readonly keptSince: Date;
}

/** Something that contradicts the promises. */
export interface Finding {
  readonly seq: string;
  readonly text: string;
}

/**
 * Checks the positions of a queue as they come, in order: without gaps, each the message of its record, delivered
 * one after the other. What the retention has dropped cannot be checked: `notes` say what that is.
 */
export class LedgerProof {
  readonly findings: Finding[] = [];
  readonly notes: string[] = [];
  readonly counts = { positions: 0, delivered: 0, identified: 0 };
  private before: LedgerEntry | undefined;
  private lastDelivered: { readonly seq: string; readonly startedAt: string } | undefined;
  private readonly offsets = new Map<string, bigint>();
  private readonly events = new Map<string, string>();

  constructor(private readonly terms: LedgerTerms) {}

  add(entry: LedgerEntry): void {
    this.counts.positions += 1;
    this.checkGap(BigInt(entry.seq));
    if (entry.origin === 'EVENT') this.checkRecord(entry);
    if (entry.status === 'DELIVERED') this.checkDelivery(entry);
    if (['PARKED', 'REQUEUED'].includes(entry.status) && !entry.setAside) {
      this.find(entry, `is ${entry.status}, and nobody decided that`);
    }
    this.before = entry;
  }

  /** To be called behind the last one. */
  end(): void {
    this.checkGap(this.terms.to + 1n);
  }

  private checkGap(seq: bigint): void {
    const expected = this.before ? BigInt(this.before.seq) + 1n : this.terms.from;
    if (seq <= expected) return;
    const last = seq - 1n;
    const missing = expected === last ? `position ${expected}` : `positions ${expected} to ${last}`;
    // Retention drops whole days from the front, and leaves behind what was not delivered by then.
    const isOld = !this.before || new Date(this.before.enqueuedAt) < this.terms.keptSince;
    if (isOld && seq <= this.terms.to) {
      this.notes.push(
        `${missing}: not stored any more, or never was: nothing is kept from before ${day(this.terms.keptSince)}`,
      );
    } else {
      this.findings.push({ seq: String(expected), text: `${missing}: not stored` });
    }
  }

  private checkRecord(entry: LedgerEntry): void {
    const { topic, partition, offset, messageId, webhookId, seq } = entry;
    const twin = this.events.get(messageId);
    if (twin !== undefined) this.find(entry, `has the message id of position ${twin}`);
    this.events.set(messageId, seq);
    if (topic === null || partition === null || offset === null) {
      return this.find(entry, 'names no record');
    }
    const from = `${topic} ${partition} ${webhookId}`;
    const earlier = this.offsets.get(from);
    if (earlier !== undefined && earlier >= BigInt(offset)) {
      this.notes.push(
        `position ${seq}: offset ${offset} behind ${earlier} of ${topic}, partition ${partition}: the topic was made again, or an earlier record was re-driven`,
      );
    }
    this.offsets.set(from, BigInt(offset));
    const id = messageIdOf(recordOf(topic, partition, offset, messageId), webhookId);
    if (id === messageId) this.counts.identified += 1;
    else
      this.find(
        entry,
        `has not the message id of ${topic}, partition ${partition}, offset ${offset}`,
      );
  }

  private checkDelivery(entry: LedgerEntry): void {
    this.counts.delivered += 1;
    const { lastAttempts, attemptCount } = entry;
    const delivering = lastAttempts.filter(({ outcome }) => outcome === 'delivered');
    const [only, ...others] = delivering;
    if (!only) {
      if (new Date(entry.enqueuedAt) < this.terms.keptSince) {
        this.notes.push(`position ${entry.seq}: its attempts are not kept any more`);
      } else {
        this.find(entry, 'is DELIVERED, and no attempt delivered it');
      }
      return;
    }
    if (others.length > 0) this.find(entry, `was recorded as delivered ${delivering.length} times`);
    if (only.attempt > attemptCount) {
      this.notes.push(
        `position ${entry.seq}: of ${only.attempt} attempts ${attemptCount} are kept`,
      );
    }
    const { lastDelivered } = this;
    if (lastDelivered && lastDelivered.startedAt >= only.startedAt) {
      this.find(
        entry,
        `was sent at ${only.startedAt}, not after position ${lastDelivered.seq} (${lastDelivered.startedAt})`,
      );
    }
    this.lastDelivered = { seq: entry.seq, startedAt: only.startedAt };
  }

  private find({ seq }: LedgerEntry, text: string): void {
    this.findings.push({ seq, text: `position ${seq} ${text}` });
  }
}

const day = (time: Date): string => time.toISOString().slice(0, 10);

/** The id begins with the time of the record, so that the rest of it can be computed from where the record stands. */
function recordOf(topic: string, partition: number, offset: string, messageId: string) {
  const timestamp = String(Number.parseInt(messageId.replaceAll('-', '').slice(0, 12), 16));
  return { topic, partition, offset, timestamp, key: null, value: null, headers: {} };
}
