import { digestOf } from './digest.js';
import { typeOfTopic } from './topics.js';
import type { VerifierInput } from './verifier-input.js';

/** What a spec may change. */
export type Changeable<T> = { -readonly [Key in keyof T]: Changeable<T[Key]> };

export type SampleRun = Changeable<Required<VerifierInput>>;
export type SampleRequest = SampleRun['received'][number];

/** When the run began; the n-th message of a queue is requested at `START + n * STEP_MS`. */
export const START = 1_000_000;
export const STEP_MS = 100;
const REQUEST_MS = 10;

const SUBSCRIPTIONS = [
  { queue: 'queue-a', webhook: 'a-all', organization: 'org-1', type: null },
  { queue: 'queue-a', webhook: 'a-created', organization: 'org-1', type: 'order/created' },
  { queue: 'queue-b', webhook: 'b-updated', organization: 'org-1', type: 'order/updated' },
  { queue: 'queue-c', webhook: 'c-all', organization: 'org-2', type: null },
];

const RECORDS = [
  { topic: 'order.created', partition: 0, offset: 0, organizationId: 'org-1' },
  { topic: 'order.updated', partition: 0, offset: 0, organizationId: 'org-1' },
  { topic: 'order.created', partition: 0, offset: 1, organizationId: 'org-2' },
  { topic: 'order.created', partition: 1, offset: 0, organizationId: 'org-1' },
  { topic: 'order.updated', partition: 1, offset: 0, organizationId: 'org-2' },
  { topic: 'order.updated', partition: 0, offset: 1, organizationId: 'org-1' },
  { topic: 'order.created', partition: 0, offset: 2, organizationId: 'org-1' },
];

/** Can become no message. */
const POISON = { topic: 'order.created', partition: 1, offset: 1, organizationId: 'org-1' };

/**
 * A run in which all is well: three queues, a queue with two webhooks, a record that is a dead letter
 * as it should be, and an attempt that was refused and made again.
 */
export function sampleRun(): SampleRun {
  const run: SampleRun = {
    produced: [...RECORDS, POISON].map((record, index) => ({
      ...record,
      offset: String(record.offset),
      acknowledgedAt: START + index,
      valueDigest: digestOf(`value ${index}`),
      expectation: record === POISON ? 'dead_letter' : 'delivered',
    })),
    uncertain: [],
    subscriptions: SUBSCRIPTIONS.map(({ queue, webhook, organization, type }) => ({
      integrationId: queue,
      webhookId: webhook,
      organizationId: organization,
      type,
      endPoint: `http://receiver/${webhook}`,
    })),
    received: [],
    tables: { queues: [], messages: [], attempts: [], deadLetters: [], setAside: [] },
    faults: [],
    repeats: [],
    notes: [],
  };
  run.tables.deadLetters.push({
    ...POISON,
    reason: 'no_json',
    receivedAt: START,
    isRedriven: false,
  });
  for (const queue of ['queue-a', 'queue-b', 'queue-c']) fillQueue(run, queue);
  run.received.push(refused(messageOf(run, 'queue-c', 1)));
  return run;
}

/** The only request of a message; the second one of the first message of queue-c. */
export function messageOf({ received }: SampleRun, queue: string, seq: number): SampleRequest {
  const id = messageIdOf(queue, seq);
  const request = received.find(({ envelope }) => envelope?.messageId === id);
  if (request === undefined) throw new Error(`The sample has no ${id}`);
  return request;
}

/** The request once more, so many milliseconds after it began. */
export function again(request: SampleRequest, afterMs: number): SampleRequest {
  const { startedAt, endedAt } = request;
  return {
    ...structuredClone(request),
    startedAt: startedAt + afterMs,
    endedAt: endedAt === null ? null : endedAt + afterMs,
  };
}

/** Without the headers that tell positions. */
export function unnumbered(run: SampleRun): SampleRun {
  for (const request of run.received) request.position = null;
  return run;
}

/** The two change their times. */
export function swapTimes(one: SampleRequest, other: SampleRequest): void {
  const { startedAt, endedAt } = one;
  Object.assign(one, { startedAt: other.startedAt, endedAt: other.endedAt });
  Object.assign(other, { startedAt, endedAt });
}

/** `a-3` is the third of queue-a. */
function messageIdOf(queue: string, seq: number): string {
  return `${queue.slice(-1)}-${seq}`;
}

function fillQueue(run: SampleRun, queue: string): void {
  const lastOf = new Map<string, number>();
  let seq = 0;
  for (const record of run.produced) {
    const type = typeOfTopic(record.topic) ?? '';
    for (const each of run.subscriptions) {
      const { webhookId, organizationId, endPoint } = each;
      if (each.integrationId !== queue || organizationId !== record.organizationId) continue;
      if ((each.type ?? type) !== type || record.expectation === 'dead_letter') continue;
      seq += 1;
      const messageId = messageIdOf(queue, seq);
      const bodyDigest = record.valueDigest;
      const { partition } = record;
      const stored = { queue, seq, messageId, webhookId, type, partition, bodyDigest };
      const offset = Number(record.offset);
      run.tables.messages.push({ ...stored, offset, origin: 'event', endPoint: null });
      const startedAt = START + seq * STEP_MS;
      run.received.push({
        endPoint,
        startedAt,
        endedAt: startedAt + REQUEST_MS,
        status: 200,
        digest: digestOf(`envelope of ${messageId}`),
        isSigned: true,
        envelope: { organizationId, messageId, webhookId, type, bodyDigest },
        position: { sequence: seq, previous: lastOf.get(webhookId) ?? 0, skipped: '' },
      });
      lastOf.set(webhookId, seq);
    }
  }
  const idle = { status: 'HEALTHY', isLocked: false, lastError: null };
  run.tables.queues.push({ queue, head: seq + 1, tail: seq, ...idle });
}

function refused(request: SampleRequest): SampleRequest {
  return { ...again(request, -STEP_MS / 2), status: 500 };
}
