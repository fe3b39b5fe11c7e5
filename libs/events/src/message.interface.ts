/** Internal topic: "this queue has work". A wake-up only; the row in the database is the queue. */
export const MESSAGE_PROCESS_TOPIC = 'applications.message.process';

/** Internal topic: one event per failed attempt. */
export const MESSAGE_FAILED_TOPIC = 'applications.message.failed';

/**
 * Value of a record on `applications.message.process`: names the queue to look at and the message
 * that woke it. Losing one loses nothing (the sweeper finds the queue), so consumers must treat it
 * as a hint and never as the message itself.
 */
export interface MessageInterface {
  /** The queue: the id of the integration, or of the OAuth client in its organization. */
  readonly integrationId: string;
  readonly organizationId: string;
  readonly webhookId: string;
  readonly messageId: string;
  readonly type: string;
  /** When the message was enqueued: ISO 8601 with milliseconds and `Z`. */
  readonly date: string;
}

/** Value of a record on `applications.message.failed`. Never contains the body, secrets or headers. */
export interface MessageFailedInterface extends MessageInterface {
  /** Failed attempts of this message so far, this one included; counts from 1. */
  readonly attempt: number;
  /** Outcome of the attempt: rejected, timed_out, unreachable, refused_address, invalid_configuration. */
  readonly outcome: string;
  /** Stable code of the cause, for example `http_status` or `timeout_response`. */
  readonly code: string;
  /** Status of the answer, or null where none came. */
  readonly statusCode: number | null;
  readonly lastErrorMessage: string;
  /** ISO 8601: when the attempt began. */
  readonly lastTriedAt: string;
  /** ISO 8601: when the head is tried again, or null where only an operator can unblock the queue. */
  readonly nextAttemptAt: string | null;
}
