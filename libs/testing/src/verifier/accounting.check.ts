import type { CorrelatedRun, RunMessage } from './correlated-run.js';
import { appendTo } from './grouping.js';
import type { ProducedRecord } from './produced-record.js';
import { positionKey } from './record-index.js';
import type { DeadLetterRow, MessageRow } from './service-tables.js';
import type { Subscription } from './subscription.js';
import { typeOfTopic } from './topics.js';
import type { Verdict } from './verdict.js';

export interface Accounting {
  readonly verdicts: readonly Verdict[];
  readonly expected: number;
  readonly delivered: number;
  readonly excused: number;
}

/** What became of a record at a subscription, or the verdict that nothing did. */
type Fate = 'delivered' | 'excused' | Verdict;

/**
 * Holds what Kafka acknowledged against what arrived, one pair of record and subscription at a time,
 * and the other way round: what arrived or was stored against what was produced or asked for.
 */
export function checkAccounting(run: CorrelatedRun, isAtRest: boolean): Accounting {
  const deadLetters = new Map(run.input.tables.deadLetters.map((row) => [positionOf(row), row]));
  const byOrganization = new Map<string, Subscription[]>();
  for (const each of run.input.subscriptions) appendTo(byOrganization, each.organizationId, each);
  const verdicts: Verdict[] = [];
  const counts = { expected: 0, delivered: 0, excused: 0 };
  for (const record of run.input.produced) {
    const deadLetter = deadLetters.get(positionOf(record)) ?? null;
    verdicts.push(...judgeRecord(run, record, deadLetter));
    if (record.expectation === 'dead_letter') continue;
    const type = typeOfTopic(record.topic);
    for (const subscription of byOrganization.get(record.organizationId) ?? []) {
      if (subscription.type !== null && subscription.type !== type) continue;
      const messages = messagesFor(run, record, subscription);
      counts.expected += 1;
      const fate = fateOf(run, { record, subscription, messages, deadLetter, isAtRest });
      if (typeof fate === 'string') counts[fate] += 1;
      else verdicts.push(fate);
      verdicts.push(...judgeIdentity(run, record, messages));
    }
  }
  return { ...counts, verdicts: [...verdicts, ...judgeUnexplained(run)] };
}

function positionOf(row: ProducedRecord | DeadLetterRow): string {
  return positionKey(row.topic, row.partition, row.offset);
}

function messagesFor(
  { byRecord }: CorrelatedRun,
  record: ProducedRecord,
  { webhookId }: Subscription,
): readonly RunMessage[] {
  const all = byRecord.get(record) ?? [];
  return all.length === 0 ? all : all.filter((message) => message.webhookId === webhookId);
}

function judgeRecord(
  { byRecord, endedAt }: CorrelatedRun,
  record: ProducedRecord,
  deadLetter: DeadLetterRow | null,
): Verdict[] {
  const { expectation = 'delivered', acknowledgedAt } = record;
  const of = { queue: null, messageId: null };
  if (expectation === 'delivered' && deadLetter !== null) {
    const text = `${positionOf(record)} is a dead letter: ${deadLetter.reason}`;
    return [{ kind: 'dead_lettered', ...of, at: deadLetter.receivedAt, text }];
  }
  if (expectation !== 'dead_letter') return [];
  if (deadLetter === null) {
    const text = `${positionOf(record)} can become no message and is no dead letter`;
    return [{ kind: 'lost', ...of, at: acknowledgedAt, text }];
  }
  const [message] = byRecord.get(record) ?? [];
  if (message === undefined) return [];
  const { queue, messageId } = message;
  const text = `${positionOf(record)} can become no message and became one`;
  return [{ kind: 'never_accepted', queue, messageId, at: firstSeen(message, endedAt), text }];
}

function fateOf(
  { queues }: CorrelatedRun,
  pair: {
    readonly record: ProducedRecord;
    readonly subscription: Subscription;
    readonly messages: readonly RunMessage[];
    readonly deadLetter: DeadLetterRow | null;
    readonly isAtRest: boolean;
  },
): Fate {
  const { record, subscription, messages, deadLetter, isAtRest } = pair;
  if (messages.some(({ deliveredAt }) => deliveredAt < Infinity)) return 'delivered';
  if (messages.some(({ isSetAside }) => isSetAside)) return 'excused';
  const { integrationId: queue, webhookId } = subscription;
  const rows = messages.flatMap(({ row, copies }) => (row === null ? copies : [row, ...copies]));
  const head = queues.get(queue)?.head ?? 0;
  if (rows.some(({ seq }) => seq >= head)) return 'excused';
  if (rows.length === 0 && (deadLetter !== null || !isAtRest)) return 'excused';
  const [row] = rows;
  const state = row ? `the service counts it as delivered at ${row.seq}` : 'it is not stored';
  return {
    kind: 'lost',
    queue,
    messageId: messages[0]?.messageId ?? null,
    at: record.acknowledgedAt,
    text: `${positionOf(record)} never reached webhook ${webhookId}: ${state}`,
  };
}

/** A redelivery by Kafka must find the message that is there, not make another one. */
function judgeIdentity(
  { endedAt }: CorrelatedRun,
  record: ProducedRecord,
  messages: readonly RunMessage[],
): Verdict[] {
  const [first, ...others] = messages;
  return others.map((other) => ({
    kind: 'second_message_id',
    queue: other.queue,
    messageId: other.messageId,
    at: firstSeen(other, endedAt),
    text: `${positionOf(record)} is message ${first?.messageId ?? ''} and ${other.messageId}`,
  }));
}

function judgeUnexplained({ messages, input, endedAt }: CorrelatedRun): Verdict[] {
  const askedFor = new Map<string, number>();
  for (const { messageId } of input.repeats ?? []) {
    askedFor.set(messageId, (askedFor.get(messageId) ?? 0) + 1);
  }
  const verdicts: Verdict[] = [];
  for (const message of messages) {
    const text = whyUnexplained(message, askedFor.get(message.messageId) ?? 0);
    if (text === null) continue;
    const { queue, messageId } = message;
    const at = firstSeen(message, endedAt);
    verdicts.push({ kind: 'never_accepted', queue, messageId, at, text });
  }
  return verdicts;
}

function whyUnexplained(message: RunMessage, timesAskedFor: number): string | null {
  const { record, isUncertain, row, copies, type } = message;
  const copy = copies[timesAskedFor];
  if (copy !== undefined) return `nobody asked for the ${copy.origin} ${placeOf(copy)}`;
  if (record !== null || isUncertain || copies.length > 0) return null;
  if (row === null) return `no record has the bytes of this ${type}`;
  return `no acknowledged record stands at ${placeOf(row)}`;
}

function placeOf({ type, partition, offset, seq }: MessageRow): string {
  return `${positionKey(type, partition, offset)} (position ${seq})`;
}

function firstSeen({ firstRequestedAt }: RunMessage, endedAt: number): number {
  return Math.min(firstRequestedAt, endedAt);
}
