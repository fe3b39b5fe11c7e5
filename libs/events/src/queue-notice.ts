/** Topic of the service: one record per turn of a queue's episode of failure. */
export const QUEUE_STATUS_TOPIC = 'applications.queue.status';

/** Header of its records: the `noticeId`, so that a repeat is recognised without parsing. */
export const NOTICE_ID_HEADER = 'noticeId';

/** In the order in which one episode can have them; each at most once. */
export const QUEUE_NOTICE_KINDS = [
  'blocked',
  'gave_up',
  'still_blocked_1h',
  'still_blocked_24h',
  'recovered',
] as const;
export type QueueNoticeKind = (typeof QUEUE_NOTICE_KINDS)[number];

/** `gone`: the receiver answered 410; `no_success`: it failed for RECOVERY_GIVE_UP_DAYS. */
export const GIVE_UP_REASONS = ['gone', 'no_success'] as const;
export type GiveUpReason = (typeof GIVE_UP_REASONS)[number];

/** How the message that had blocked a queue made way. */
export const RECOVERIES = ['delivered', 'skipped', 'discarded'] as const;
export type Recovery = (typeof RECOVERIES)[number];

/**
 * Value of a record on `applications.queue.status`, and body of a POST to the operator's webhook.
 * Named as the fields of `MessageFailedInterface` where they mean the same; never a body, a secret or a header.
 */
export interface QueueNoticeInterface {
  /** The same where a notice is repeated, which only a crash brings about. */
  readonly noticeId: string;
  readonly kind: QueueNoticeKind;
  /** The queue: the id of the integration, or of the OAuth client in its organization. */
  readonly integrationId: string;
  readonly organizationId: string;
  /** ISO 8601: when the queue was blocked. The same in all notices of one episode. */
  readonly episode: string;
  /** ISO 8601: when what the notice tells of happened. */
  readonly date: string;
  /** Messages in the queue then, the head included. */
  readonly depth: number;
  /** Attempts of the message so far. */
  readonly attempts: number;
  /** The message that blocks the queue, or did. */
  readonly messageId: string;
  readonly webhookId: string;
  /** Stable code of the last failure, as in `MessageFailedInterface`; null in `recovered`. */
  readonly code: string | null;
  /** Status of the last answer; null where none came. */
  readonly statusCode: number | null;
  readonly lastErrorMessage: string | null;
  /** In `gave_up` only. */
  readonly reason: GiveUpReason | null;
  /** In `recovered` only. */
  readonly recoveredBy: Recovery | null;
}

/** Header of what the operator's webhook receives; `messageId` is the notice's, `type` is `queue/<kind>`. */
export interface QueueNoticeEnvelopeHeader {
  readonly organizationId: string;
  readonly messageId: string;
  readonly type: string;
  readonly date: string;
}

/** The bytes of a POST to the operator's webhook: the shape of every envelope, `{"header":{…},"body":{…}}`. */
export function buildNoticeEnvelope(notice: QueueNoticeInterface): Buffer {
  const { organizationId, noticeId: messageId, kind, date } = notice;
  const header: QueueNoticeEnvelopeHeader = {
    organizationId,
    messageId,
    type: `queue/${kind}`,
    date,
  };
  return Buffer.from(JSON.stringify({ header, body: notice }));
}
