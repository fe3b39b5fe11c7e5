/** What can be wrong, each with the promise that it breaks. */
export const VERDICT_KINDS = {
  lost: 'acknowledged by Kafka and subscribed to, and neither delivered, waiting, set aside nor a dead letter',
  never_accepted: 'stored or delivered, and no record, operator or test explains it',
  dead_lettered: 'became a dead letter although it is a valid event',
  second_message_id: 'one record reached one webhook under two message ids',
  out_of_order: 'first deliveries of one partition are not in the order of its offsets',
  overtaken: 'sent before a message that stands in front of it in the queue was delivered',
  stored_out_of_order: 'positions in the queue are not in the order of the offsets of a partition',
  position_gap: 'positions of a queue do not run from 1 to its tail, one message each',
  overlap: 'two requests of a queue ran at the same time, and no fault explains it',
  unexplained_duplicate: 'sent again after a complete 2xx, and no fault explains it',
  too_many_duplicates: 'a fault repeated more messages of a queue than it may',
  changed_bytes: 'the body is not what was produced',
  unstable_bytes: 'one message was sent with different bytes',
  not_an_envelope: 'the request is no envelope',
  wrong_signature: 'the signature is not that of the bytes with the secret of the application',
  wrong_type: 'the type of the envelope is not that of the topic',
  foreign_organization: 'a webhook got a message of another organization',
  wrong_webhook: 'sent to an endpoint or for a webhook that did not subscribe to it',
  wrong_sequence: 'the position in the header is not the position in the queue',
  broken_chain:
    'previous and skipped positions do not lead from one message of a webhook to the next',
  left_locked: 'the queue is leased although nothing is to be done',
  left_blocked: 'the queue is BLOCKED although its receiver answers',
  left_behind: 'the queue has messages waiting although everything should be at rest',
} as const;

export type VerdictKind = keyof typeof VERDICT_KINDS;

/** One thing that is wrong. */
export interface Verdict {
  readonly kind: VerdictKind;
  /** Null where no queue is concerned. */
  readonly queue: string | null;
  readonly messageId: string | null;
  /** Wall time, milliseconds since the epoch: when it happened or could first be known. */
  readonly at: number;
  /** One sentence with the facts. */
  readonly text: string;
}
