/** One place of a message in its queue: where its event put it, or where a replay did. */
export interface QueueMessageView {
  readonly integrationId: string;
  readonly messageId: string;
  readonly seq: string;
  readonly webhookId: string;
  readonly type: string;
  readonly enqueuedAt: Date;
  readonly origin: 'EVENT' | 'REPLAY' | 'REQUEUE' | 'TEST';
  readonly endPoint: string | null;
  readonly status: 'QUEUED' | 'DELIVERED' | 'DISCARDED' | 'PARKED' | 'REQUEUED';
  readonly attemptCount: number;
  readonly lastTriedAt: Date | null;
  readonly lastErrorCode: string | null;
  readonly lastErrorMessage: string | null;
}

export interface ParkedMessageView {
  readonly messageId: string;
  readonly seq: string;
  readonly webhookId: string;
  readonly attempts: number;
  readonly parkedAt: Date;
  readonly parkedBy: string;
  readonly reason: string | null;
}

/** What an operator decided about a message. */
export interface SetAsideView {
  readonly decidedAt: Date;
  readonly decidedBy: string;
  readonly reason: string | null;
  readonly requeuedSeq: string | null;
}

export interface AttemptView {
  /** Of {@link ATTEMPTS}. */
  readonly key: string;
  readonly attempt: number;
  readonly startedAt: Date;
  readonly durationMs: number;
  readonly outcome: string;
  readonly statusCode: number | null;
  readonly code: string | null;
  readonly error: string | null;
  readonly excerpt: string | null;
}

/** Of `s`, a row of the view integration_queue_message_state. */
export const MESSAGE_COLUMNS = `
  s.integration_id AS "integrationId", s.message_id AS "messageId", s.seq::text AS seq,
  s.webhook_id AS "webhookId", s.type, s.enqueued_at AS "enqueuedAt", upper(s.origin) AS origin,
  s.end_point AS "endPoint", s.status, s.attempts AS "attemptCount", s.last_tried_at AS "lastTriedAt",
  s.last_error_code AS "lastErrorCode", s.last_error_message AS "lastErrorMessage"`;
