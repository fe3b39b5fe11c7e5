import type { GiveUpReason, QueueNoticeInterface, QueueNoticeKind, Recovery } from '@app/events';

/** A row of `queue_notice`. */
export interface QueueNoticeRow {
  /** Orders the notices of a queue: handed out under the lock of its row. 64 bits as text. */
  readonly id: string;
  readonly notice_id: string;
  readonly queue_id: string;
  readonly organization_id: string;
  readonly kind: QueueNoticeKind;
  readonly episode: Date;
  readonly happened_at: Date;
  /** What the function wrote that the notice tells of. */
  readonly detail: {
    readonly messageId: string;
    readonly webhookId: string;
    readonly attempts: number;
    readonly depth: number;
    /** Of the attempt; `parked` and `discarded` where an operator set the message aside. */
    readonly outcome?: string;
    readonly code?: string | null;
    readonly statusCode?: number | null;
    readonly error?: string | null;
    readonly reason?: GiveUpReason | null;
  };
}

/** A notice that waits to be sent. */
export interface WaitingNotice {
  readonly id: string;
  readonly notice: QueueNoticeInterface;
}

export function waitingNotice(row: QueueNoticeRow): WaitingNotice {
  const { detail, kind } = row;
  const notice: QueueNoticeInterface = {
    noticeId: row.notice_id,
    kind,
    integrationId: row.queue_id,
    organizationId: row.organization_id,
    episode: row.episode.toISOString(),
    date: row.happened_at.toISOString(),
    depth: detail.depth,
    attempts: detail.attempts,
    messageId: detail.messageId,
    webhookId: detail.webhookId,
    code: detail.code ?? null,
    statusCode: detail.statusCode ?? null,
    lastErrorMessage: detail.error ?? null,
    reason: kind === 'gave_up' ? (detail.reason ?? null) : null,
    recoveredBy: kind === 'recovered' ? recoveryBy(detail.outcome) : null,
  };
  return { id: row.id, notice };
}

/** Discarded by an operator, or because its webhook was removed. */
function recoveryBy(outcome: string | undefined): Recovery {
  if (outcome === 'parked') return 'skipped';
  return outcome === 'discarded' ? 'discarded' : 'delivered';
}
