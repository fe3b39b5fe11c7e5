import type { CorrelatedRun, RunMessage } from './correlated-run.js';
import type { ReceivedEnvelope, ReceivedRecord } from './received-record.js';
import { positionKey } from './record-index.js';
import type { Subscription } from './subscription.js';
import { typeOfTopic } from './topics.js';
import type { Verdict, VerdictKind } from './verdict.js';

/** What is wrong with one request or row; the first finding of a kind speaks for the message. */
type Finding = readonly [kind: VerdictKind, text: string];

/** Whether everybody got the bytes that were produced for them, in the envelope and signed. */
export function checkContent(run: CorrelatedRun): Verdict[] {
  const redirected = new Set(
    (run.input.repeats ?? [])
      .filter(({ kind }) => kind === 'replay')
      .map(({ messageId }) => messageId),
  );
  const verdicts = unreadable(run);
  for (const message of run.messages) {
    const seen = new Set<VerdictKind>();
    const add = (at: number, findings: readonly Finding[]): void => {
      for (const [kind, text] of findings) {
        if (seen.has(kind)) continue;
        seen.add(kind);
        verdicts.push({ kind, queue: message.queue, messageId: message.messageId, at, text });
      }
    };
    const mayGoElsewhere = redirected.has(message.messageId);
    for (const request of message.requests) {
      if (request.envelope === null) continue;
      add(request.startedAt, judgeRequest(run, message, request, request.envelope));
      add(request.startedAt, judgeWebhook(run, message, request.envelope));
      if (!mayGoElsewhere) add(request.startedAt, judgeEndPoint(run, request, request.envelope));
    }
    add(run.endedAt, judgeRow(message));
  }
  return verdicts;
}

function unreadable({ input }: CorrelatedRun): Verdict[] {
  const queueOf = new Map(input.subscriptions.map((each) => [each.endPoint, each.integrationId]));
  return input.received
    .filter(({ envelope }) => envelope === null)
    .map((request) => ({
      kind: 'not_an_envelope',
      queue: queueOf.get(request.endPoint) ?? null,
      messageId: null,
      at: request.startedAt,
      text: `what ${request.endPoint} got is no envelope`,
    }));
}

function judgeRequest(
  { subscriptions }: CorrelatedRun,
  message: RunMessage,
  request: ReceivedRecord,
  envelope: ReceivedEnvelope,
): Finding[] {
  const subscription = subscriptions.get(envelope.webhookId);
  if (subscription === undefined) return [];
  const findings: Finding[] = [
    ...judgeOrganization(message, subscription, envelope.organizationId),
    ...judgeType(message, subscription, envelope.type),
    ...judgeBody(message, envelope.bodyDigest, 'the body that was sent'),
  ];
  if (findings.length === 0 && request.digest !== message.requests[0]?.digest) {
    findings.push(['unstable_bytes', 'an attempt has other bytes than the first one']);
  }
  if (!request.isSigned) {
    findings.push(['wrong_signature', `not signed for webhook ${envelope.webhookId}`]);
  }
  return findings;
}

function judgeWebhook(
  { subscriptions }: CorrelatedRun,
  message: RunMessage,
  { webhookId }: ReceivedEnvelope,
): Finding[] {
  if (!subscriptions.has(webhookId)) return [['wrong_webhook', `there is no webhook ${webhookId}`]];
  if (webhookId === message.webhookId) return [];
  return [['wrong_webhook', `sent for webhook ${webhookId}, it is of ${message.webhookId}`]];
}

function judgeEndPoint(
  { subscriptions }: CorrelatedRun,
  { endPoint }: ReceivedRecord,
  { webhookId }: ReceivedEnvelope,
): Finding[] {
  const subscription = subscriptions.get(webhookId);
  if (subscription === undefined || subscription.endPoint === endPoint) return [];
  return [['wrong_webhook', `sent to ${endPoint}, webhook ${webhookId} is elsewhere`]];
}

/** What is stored has to be right even where it was never sent. */
function judgeRow(message: RunMessage): Finding[] {
  const { row, subscription, webhookId } = message;
  if (row === null) return [];
  if (subscription === null) {
    return [['wrong_webhook', `stored for webhook ${webhookId}, which there is not`]];
  }
  const findings: Finding[] = [
    ...judgeOrganization(message, subscription, subscription.organizationId),
    ...judgeType(message, subscription, row.type),
    ...judgeBody(message, row.bodyDigest, 'the body that is stored'),
  ];
  if (row.queue !== subscription.integrationId) {
    findings.push(['wrong_webhook', `stored in the queue of another webhook than ${webhookId}`]);
  }
  return findings;
}

function judgeOrganization(
  { record }: RunMessage,
  { organizationId }: Subscription,
  named: string,
): Finding[] {
  if (named !== organizationId) {
    return [['foreign_organization', `${named} in the header, the webhook is ${organizationId}'s`]];
  }
  if (record === null || record.organizationId === organizationId) return [];
  const text = `the record is ${record.organizationId}'s, the webhook ${organizationId}'s`;
  return [['foreign_organization', text]];
}

function judgeType({ record }: RunMessage, { type }: Subscription, named: string): Finding[] {
  const due = record === null ? named : typeOfTopic(record.topic);
  if (named !== due) return [['wrong_type', `${named} for a record of ${record?.topic ?? ''}`]];
  if (type === null || type === named) return [];
  return [['wrong_webhook', `the webhook subscribed to ${type}, not to ${named}`]];
}

function judgeBody({ record, row }: RunMessage, digest: string, what: string): Finding[] {
  const due = record?.valueDigest ?? row?.bodyDigest ?? digest;
  if (digest === due) return [];
  const of = record ? positionKey(record.topic, record.partition, record.offset) : 'what is stored';
  return [['changed_bytes', `${what} is not that of ${of}`]];
}
