import type { Fault } from './fault.js';
import type { ProducedRecord } from './produced-record.js';
import type { ReceivedRecord } from './received-record.js';
import { positionKey } from './record-index.js';
import type { AttemptRow, MessageRow } from './service-tables.js';
import { typeOfTopic } from './topics.js';
import type { Verdict } from './verdict.js';
import type { VerifierInput } from './verifier-input.js';

export interface TimelineOptions {
  /** Zero of the times; the first acknowledgement or request when not given. */
  readonly startedAt?: number;
  /** 3,000 ms when not given. */
  readonly beforeMs?: number;
  /** 3,000 ms when not given. */
  readonly afterMs?: number;
  /** Those nearest to the verdict; 200 when not given. */
  readonly maxLines?: number;
}

interface Event {
  readonly at: number;
  readonly text: string;
}

/** What of the run is told. */
interface Window {
  readonly queue: string | null;
  readonly from: number;
  readonly to: number;
  /** Zero of the times. */
  readonly start: number;
  /** Of this one everything is told, however long before or after it was. */
  readonly messageId: string | null;
}

const AROUND_MS = 3_000;
const MAX_LINES = 200;

/**
 * What happened to the queue of a verdict around it, for reading: one line an event, times in seconds
 * since the run's start. Requests and acknowledgements are those of the queue; the service's attempts
 * are on its own clock. Requests and attempts of the message itself are told whenever they were. Of a
 * verdict without a queue everything is told.
 */
export function timelineAround(
  input: VerifierInput,
  verdict: Verdict,
  options: TimelineOptions = {},
): string {
  const { beforeMs = AROUND_MS, afterMs = AROUND_MS, maxLines = MAX_LINES } = options;
  const { queue, at, kind, text, messageId } = verdict;
  const start = options.startedAt ?? startOf(input);
  const window = { queue, from: at - beforeMs, to: at + afterMs, start, messageId };
  const mark = { at, text: `>>>>>>>> ${kind}: ${messageId ?? 'no message'} ${text}` };
  const events = [
    ...faultsIn(input, window),
    ...notesIn(input, window),
    ...acknowledgedIn(input, window),
    ...attemptsIn(input, window),
    ...requestsIn(input, window),
    mark,
  ].sort((a, b) => a.at - b.at);
  const first = Math.max(0, events.indexOf(mark) - Math.floor(maxLines / 2));
  const told = events.slice(first, first + maxLines);
  const left = events.length - told.length;
  return [
    `queue ${queue ?? 'of none: everything'}, ${beforeMs} ms before to ${afterMs} ms after`,
    ...told.map((event) => `${seconds(event.at - start)}  ${event.text}`),
    ...(left > 0 ? [`${left} lines farther away are left out`] : []),
  ].join('\n');
}

function startOf({ produced, received }: VerifierInput): number {
  let start = Infinity;
  for (const { acknowledgedAt } of produced) start = Math.min(start, acknowledgedAt);
  for (const { startedAt } of received) start = Math.min(start, startedAt);
  return start === Infinity ? 0 : start;
}

function faultsIn({ faults = [] }: VerifierInput, window: Window): Event[] {
  const concerns = ({ queues }: Fault): boolean =>
    window.queue === null || queues === undefined || queues.includes(window.queue);
  return faults
    .filter((fault) => fault.from <= window.to && fault.to >= window.from && concerns(fault))
    .map(({ kind, from, to, detail }) => {
      const until = to > from ? ` until ${seconds(to - window.start)}` : '';
      return { at: from, text: `fault    ${kind}${until}${detail ? ` (${detail})` : ''}` };
    });
}

function notesIn({ notes = [] }: VerifierInput, window: Window): Event[] {
  return notes
    .filter(({ at, queue }) => isIn(at, window) && concernsQueue(queue, window))
    .map(({ at, text }) => ({ at, text: `note     ${text}` }));
}

function acknowledgedIn(input: VerifierInput, window: Window): Event[] {
  const subscribers = input.subscriptions.filter(({ integrationId }) =>
    concernsQueue(integrationId, window),
  );
  const concerns = ({ organizationId, topic }: ProducedRecord): boolean =>
    subscribers.some(
      (each) =>
        each.organizationId === organizationId &&
        (each.type === null || each.type === typeOfTopic(topic)),
    );
  return input.produced
    .filter((record) => isIn(record.acknowledgedAt, window) && concerns(record))
    .map(({ acknowledgedAt, topic, partition, offset }) => ({
      at: acknowledgedAt,
      text: `produced ${positionKey(topic, partition, offset)}`,
    }));
}

function attemptsIn({ tables }: VerifierInput, window: Window): Event[] {
  const own = tables.messages.filter(({ messageId }) => messageId === window.messageId);
  const isOwn = (row: AttemptRow): boolean =>
    own.some(({ queue, seq }) => queue === row.queue && seq === row.seq);
  return tables.attempts
    .filter(({ queue }) => concernsQueue(queue, window))
    .filter((row) => isIn(row.startedAt, window) || isOwn(row))
    .map((attempt) => ({ at: attempt.startedAt, text: `attempt  ${describeAttempt(attempt)}` }));
}

function describeAttempt(row: AttemptRow): string {
  const { seq, attempt, outcome, statusCode, durationMs, error } = row;
  const why = error === null ? '' : ` (${error})`;
  return `position ${seq} #${attempt} ${outcome} ${statusCode ?? '-'} in ${durationMs} ms${why}`;
}

function requestsIn(input: VerifierInput, window: Window): Event[] {
  const rows = rowsOf(input, window);
  const webhooks = new Map(input.subscriptions.map((each) => [each.webhookId, each]));
  const endPoints = new Map(input.subscriptions.map((each) => [each.endPoint, each]));
  const queueOf = ({ envelope, endPoint }: ReceivedRecord): string | null =>
    (webhooks.get(envelope?.webhookId ?? '') ?? endPoints.get(endPoint))?.integrationId ?? null;
  return input.received
    .filter(
      ({ startedAt, endedAt, envelope }) =>
        (startedAt <= window.to && (endedAt ?? Infinity) >= window.from) ||
        (envelope !== null && envelope.messageId === window.messageId),
    )
    .filter((request) => window.queue === null || queueOf(request) === window.queue)
    .map((request) => ({
      at: request.startedAt,
      text: `request  ${describeRequest(request, rows, window)}`,
    }));
}

function describeRequest(
  { envelope, endedAt, status, startedAt, endPoint, position }: ReceivedRecord,
  rows: ReadonlyMap<string, MessageRow>,
  { start }: Window,
): string {
  const row = rows.get(envelope?.messageId ?? '');
  const seq = position?.sequence ?? row?.seq;
  const where = row ? `position ${seq} ${row.type}/${row.partition}/${row.offset}` : endPoint;
  const answer = status ?? (endedAt === null ? 'open' : 'cut off');
  const until =
    endedAt === null
      ? ''
      : ` at ${seconds(endedAt - start)}, ${(endedAt - startedAt).toFixed(1)} ms`;
  return `${where} ${envelope?.messageId ?? 'no envelope'} → ${answer}${until}`;
}

function rowsOf({ tables }: VerifierInput, window: Window): ReadonlyMap<string, MessageRow> {
  const rows = tables.messages.filter(({ queue }) => concernsQueue(queue, window));
  // The last one set stays: that of the event, where operators had copies of it appended.
  return new Map([...rows].reverse().map((row) => [row.messageId, row]));
}

function isIn(at: number, { from, to }: Window): boolean {
  return at >= from && at <= to;
}

/** Null concerns all. */
function concernsQueue(queue: string | null, window: Window): boolean {
  return queue === null || window.queue === null || queue === window.queue;
}

function seconds(ms: number): string {
  return `${ms < 0 ? '-' : '+'}${(Math.abs(ms) / 1000).toFixed(3)} s`;
}
