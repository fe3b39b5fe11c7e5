import { seqOf, type CorrelatedRun, type RunMessage } from './correlated-run.js';
import { appendTo } from './grouping.js';
import { pairKey } from './overlap.check.js';
import type { Verdict, VerdictKind } from './verdict.js';

/**
 * Decides the order of first deliveries, three times:
 *
 * - `out_of_order`, from producer and receivers alone: of the messages that a queue got from one
 *   partition, one of a higher offset was delivered before one of a lower offset. Delivered means the
 *   end of the first request that was answered 2xx completely. Records of different topics or
 *   partitions may come in any order.
 * - `stored_out_of_order`, from the service's tables: positions that are not in the order of offsets.
 * - `overtaken`, from tables and receivers: a message was requested, for the first time and whatever
 *   the answer was, before one in front of it was delivered.
 *
 * Repetitions are no part of it: a message that comes again late, as from a replica that was paused
 * before it wrote, is a duplicate and has to be explained as one. Messages that operators or the
 * removal of a webhook took out of the order are left out, as are lost ones, which have a verdict of
 * their own, and re-driven dead letters, which are stored when an operator says so. What one cause
 * leads to is told once: by the pair that came first, with a count, in the first of the three views;
 * and pairs that were found to overlap are not overtaken besides (`overlapping`, by `pairKey`).
 */
export function checkOrder(run: CorrelatedRun, overlapping: ReadonlySet<string>): Verdict[] {
  const told = new Set<string>();
  const verdicts: Verdict[] = [];
  for (const messages of byPartition(run)) {
    const pairs = inversions(messages, {
      begins: ({ deliveredAt }) => deliveredAt,
      ends: ({ deliveredAt }) => deliveredAt,
      rank: offsetOf,
    });
    verdicts.push(...tell('out_of_order', pairs, told));
  }
  for (const stored of run.byQueue.values()) {
    verdicts.push(...tell('stored_out_of_order', storedInversions(stored), told));
    const due = stored.filter((message) => isDue(run, message));
    const pairs = inversions(due, {
      begins: ({ firstRequestedAt }) => firstRequestedAt,
      ends: ({ deliveredAt }) => deliveredAt,
      rank: seqOf,
    }).filter(({ front, behind }) => !overlapping.has(pairKey(front.messageId, behind.messageId)));
    verdicts.push(...tell('overtaken', pairs, told));
  }
  return verdicts;
}

/** Two messages, the second of which should have come after the first one. */
interface Inversion {
  readonly front: RunMessage;
  readonly behind: RunMessage;
}

interface Timing {
  readonly begins: (message: RunMessage) => number;
  readonly ends: (message: RunMessage) => number;
  /** Messages of the same rank may come in any order. */
  readonly rank: (message: RunMessage) => number;
}

/** Compares each with the one that ended last of all in front of it; `messages` are by rank. */
function inversions(messages: readonly RunMessage[], { begins, ends, rank }: Timing): Inversion[] {
  const found: Inversion[] = [];
  let latest: RunMessage | null = null;
  let latestOfRank: RunMessage | null = null;
  let previous: RunMessage | null = null;
  for (const message of messages) {
    if (previous !== null && rank(previous) !== rank(message)) latest = latestOfRank;
    if (latest !== null && begins(message) < ends(latest)) {
      found.push({ front: latest, behind: message });
    }
    if (latestOfRank === null || ends(message) > ends(latestOfRank)) latestOfRank = message;
    previous = message;
  }
  return found;
}

function storedInversions(stored: readonly RunMessage[]): Inversion[] {
  const found: Inversion[] = [];
  const highest = new Map<string, RunMessage>();
  for (const message of stored) {
    if (message.isRedriven) continue;
    const partition = `${message.type} ${message.row?.partition ?? ''}`;
    const before = highest.get(partition);
    if (before === undefined || storedOffset(before) <= storedOffset(message)) {
      highest.set(partition, message);
    } else {
      found.push({ front: message, behind: before });
    }
  }
  return found;
}

/** One verdict for a message that others passed, unless an earlier view has told of the pair. */
function tell(kind: VerdictKind, pairs: readonly Inversion[], told: Set<string>): Verdict[] {
  const byFront = new Map<RunMessage, RunMessage[]>();
  for (const { front, behind } of pairs) {
    if (told.has(front.messageId) && told.has(behind.messageId)) continue;
    appendTo(byFront, front, behind);
  }
  const verdicts: Verdict[] = [];
  for (const [front, passing] of byFront) {
    const [first = front] = [...passing].sort((a, b) => a.firstRequestedAt - b.firstRequestedAt);
    for (const { messageId } of [front, ...passing]) told.add(messageId);
    const { queue, messageId } = front;
    const more = passing.length > 1 ? `, and so did ${passing.length - 1} more` : '';
    const text = `${placeOf(first)} went before ${placeOf(front)}${more}`;
    const at = Math.min(first.firstRequestedAt, first.deliveredAt);
    verdicts.push({ kind, queue, messageId, at, text });
  }
  return verdicts;
}

/** By queue, topic and partition, in the order of offsets: what was acknowledged and is not lost. */
function byPartition(run: CorrelatedRun): Iterable<readonly RunMessage[]> {
  const found = new Map<string, RunMessage[]>();
  for (const message of run.messages) {
    const { record, queue } = message;
    if (record === null || queue === null || !isDue(run, message)) continue;
    appendTo(found, `${queue} ${record.topic} ${record.partition}`, message);
  }
  for (const messages of found.values()) messages.sort((a, b) => offsetOf(a) - offsetOf(b));
  return found.values();
}

/** In the order, and delivered or waiting: not lost. */
function isDue({ queues }: CorrelatedRun, message: RunMessage): boolean {
  if (message.isSetAside || message.isRedriven) return false;
  if (message.deliveredAt < Infinity) return true;
  return message.row !== null && message.row.seq >= (queues.get(message.row.queue)?.head ?? 0);
}

function offsetOf({ record }: RunMessage): number {
  return Number(record?.offset ?? 0);
}

function storedOffset({ row }: RunMessage): number {
  return row?.offset ?? 0;
}

function placeOf({ messageId, record, row }: RunMessage): string {
  const position = row === null ? '' : ` at position ${row.seq}`;
  const offset = record === null ? '' : ` of ${record.topic}/${record.partition}/${record.offset}`;
  return `${messageId.slice(0, 8)}${position}${offset}`;
}
