import type { SequencePosition } from './sequence-headers.js';

/** The signed header of an envelope. */
export interface WebhookEventHeader {
  readonly organizationId: string;
  /** The identity of the message: the same on every attempt, and when it is sent again later. */
  readonly messageId: string;
  /** The subscription that the message was sent for. */
  readonly webhookId: string;
  /** For example `order/created`. */
  readonly type: string;
  /** When the message was queued, not when it was sent: ISO 8601 with milliseconds and `Z`. */
  readonly date: string;
}

/** An event whose signature holds. */
export interface WebhookEvent<Body = unknown> {
  readonly header: WebhookEventHeader;
  /** Parsed by `JSON.parse`, which rounds integers of more than 15 digits; see `rawBody`. */
  readonly body: Body;
  /** The signed bytes, for a parser of your own. */
  readonly rawBody: Uint8Array;
  /** Sent by `testEvent`. By a header that the signature does not cover. */
  readonly isTest: boolean;
  /** The place of the message among others. By headers that the signature does not cover. */
  readonly position: SequencePosition;
}
