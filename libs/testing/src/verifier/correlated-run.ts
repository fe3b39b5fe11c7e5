import { appendTo } from './grouping.js';
import type { ProducedRecord } from './produced-record.js';
import type { ReceivedRecord } from './received-record.js';
import { positionKey, RecordIndex } from './record-index.js';
import type { MessageRow, QueueRow, ServiceTables } from './service-tables.js';
import type { Subscription } from './subscription.js';
import type { VerifierInput } from './verifier-input.js';

/** All that the three records say of one message id. */
export interface RunMessage {
  readonly messageId: string;
  readonly webhookId: string;
  readonly type: string;
  /** Null where the webhook is unknown and nothing is stored. */
  readonly queue: string | null;
  readonly subscription: Subscription | null;
  /** Where the event is stored; null where it is not, as for test events. */
  readonly row: MessageRow | null;
  /** Rows that operators had appended. */
  readonly copies: readonly MessageRow[];
  /** The acknowledged record that it is of; null where there is none. */
  readonly record: ProducedRecord | null;
  /** No acknowledged record, but one of which the producer does not know whether it is in the log. */
  readonly isUncertain: boolean;
  /** By the time they started. */
  readonly requests: readonly ReceivedRecord[];
  /** Infinity where there was none. */
  readonly firstRequestedAt: number;
  /** When a request was answered 2xx completely for the first time; Infinity where none was. */
  readonly deliveredAt: number;
  /** Whether it has left the order of its queue: by an operator, or with its webhook. */
  readonly isSetAside: boolean;
  /** Its record was a dead letter first, so it is stored behind those that came after it. */
  readonly isRedriven: boolean;
}

/** The three records, brought together. */
export interface CorrelatedRun {
  readonly input: VerifierInput;
  readonly queues: ReadonlyMap<string, QueueRow>;
  readonly subscriptions: ReadonlyMap<string, Subscription>;
  readonly messages: readonly RunMessage[];
  /** By the queue's positions; without what is not stored. */
  readonly byQueue: ReadonlyMap<string, readonly RunMessage[]>;
  readonly byRecord: ReadonlyMap<ProducedRecord, readonly RunMessage[]>;
  /** By queue, by the time they started. */
  readonly requestsByQueue: ReadonlyMap<string, readonly ReceivedRecord[]>;
  /** Time of the last thing that any record knows of. */
  readonly endedAt: number;
}

interface Draft {
  readonly messageId: string;
  row: MessageRow | null;
  readonly copies: MessageRow[];
  readonly requests: ReceivedRecord[];
}

export function correlate(input: VerifierInput): CorrelatedRun {
  const subscriptions = new Map(input.subscriptions.map((each) => [each.webhookId, each]));
  const received = [...input.received].sort((a, b) => a.startedAt - b.startedAt);
  const complete = completing(input, subscriptions);
  const messages = [...draftsOf(input, received).values()].map(complete);
  const byQueue = new Map<string, RunMessage[]>();
  const byRecord = new Map<ProducedRecord, RunMessage[]>();
  for (const message of messages) {
    if (message.row !== null) appendTo(byQueue, message.row.queue, message);
    if (message.record !== null) appendTo(byRecord, message.record, message);
  }
  for (const stored of byQueue.values()) stored.sort((a, b) => seqOf(a) - seqOf(b));
  return {
    input,
    queues: new Map(input.tables.queues.map((row) => [row.queue, row])),
    subscriptions,
    messages,
    byQueue,
    byRecord,
    requestsByQueue: requestsByQueue(received, input.subscriptions, subscriptions),
    endedAt: endOf(input),
  };
}

/** Position in its queue; Infinity where it is not stored. */
export function seqOf({ row }: RunMessage): number {
  return row?.seq ?? Infinity;
}

/** A complete 2xx: the receiver has taken the message. */
export function isAnswered({ status }: ReceivedRecord): boolean {
  return status !== null && status >= 200 && status < 300;
}

/** Infinity while it is open. */
export function endOfRequest({ endedAt }: ReceivedRecord): number {
  return endedAt ?? Infinity;
}

function draftsOf(
  { tables }: VerifierInput,
  received: readonly ReceivedRecord[],
): ReadonlyMap<string, Draft> {
  const drafts = new Map<string, Draft>();
  const draftOf = (messageId: string): Draft => {
    const known = drafts.get(messageId);
    if (known !== undefined) return known;
    const draft: Draft = { messageId, row: null, copies: [], requests: [] };
    drafts.set(messageId, draft);
    return draft;
  };
  for (const row of tables.messages) {
    const draft = draftOf(row.messageId);
    if (row.origin === 'event' && draft.row === null) draft.row = row;
    else draft.copies.push(row);
  }
  for (const request of received) {
    if (request.envelope !== null) draftOf(request.envelope.messageId).requests.push(request);
  }
  return drafts;
}

function completing(
  { produced, uncertain = [], tables }: VerifierInput,
  subscriptions: ReadonlyMap<string, Subscription>,
): (draft: Draft) => RunMessage {
  const records = new RecordIndex(produced, uncertain);
  const setAside = setAsidePlaces(tables);
  const redriven = redrivenPlaces(tables);
  return (draft) => {
    const { messageId, row, requests, copies } = draft;
    const stored = row ?? copies[0] ?? null;
    const envelope = requests[0]?.envelope;
    const webhookId = stored?.webhookId ?? envelope?.webhookId ?? '';
    const type = stored?.type ?? envelope?.type ?? '';
    const digest = stored?.bodyDigest ?? envelope?.bodyDigest ?? '';
    const subscription = subscriptions.get(webhookId) ?? null;
    const record = stored ? records.ofRow(stored) : records.withBytes(type, digest);
    // Written out: a spread here would make every later look at half a million of them slow.
    return {
      messageId,
      row,
      copies,
      requests,
      webhookId,
      type,
      queue: stored?.queue ?? subscription?.integrationId ?? null,
      subscription,
      record,
      isUncertain: record === null && records.isUncertain(type, digest),
      firstRequestedAt: requests[0]?.startedAt ?? Infinity,
      deliveredAt: firstAnswerOf(requests),
      isSetAside: row !== null && (setAside.get(row.queue)?.has(row.seq) ?? false),
      isRedriven:
        record !== null && redriven.has(positionKey(record.topic, record.partition, record.offset)),
    };
  };
}

function firstAnswerOf(requests: readonly ReceivedRecord[]): number {
  let first = Infinity;
  for (const request of requests) {
    if (isAnswered(request)) first = Math.min(first, endOfRequest(request));
  }
  return first;
}

/** By operators, or because the webhook was removed. */
function setAsidePlaces({ setAside, attempts }: ServiceTables): ReadonlyMap<string, Set<number>> {
  const places = new Map<string, Set<number>>();
  const add = ({ queue, seq }: { readonly queue: string; readonly seq: number }): void => {
    const known = places.get(queue);
    if (known === undefined) places.set(queue, new Set([seq]));
    else known.add(seq);
  };
  for (const row of setAside) add(row);
  for (const row of attempts) if (row.outcome === 'discarded') add(row);
  return places;
}

function redrivenPlaces({ deadLetters }: ServiceTables): ReadonlySet<string> {
  const redriven = deadLetters.filter(({ isRedriven }) => isRedriven);
  return new Set(redriven.map((row) => positionKey(row.topic, row.partition, row.offset)));
}

/** Of the webhook that the envelope names, else of one whose endpoint was called. */
function requestsByQueue(
  received: readonly ReceivedRecord[],
  all: readonly Subscription[],
  byWebhook: ReadonlyMap<string, Subscription>,
): ReadonlyMap<string, readonly ReceivedRecord[]> {
  const byEndPoint = new Map(all.map((each) => [each.endPoint, each]));
  const found = new Map<string, ReceivedRecord[]>();
  for (const request of received) {
    const named = byWebhook.get(request.envelope?.webhookId ?? '');
    const subscription = named ?? byEndPoint.get(request.endPoint);
    if (subscription !== undefined) appendTo(found, subscription.integrationId, request);
  }
  return found;
}

function endOf({ produced, received }: VerifierInput): number {
  let end = 0;
  for (const { acknowledgedAt } of produced) end = Math.max(end, acknowledgedAt);
  for (const { startedAt, endedAt } of received) end = Math.max(end, endedAt ?? startedAt);
  return end;
}
