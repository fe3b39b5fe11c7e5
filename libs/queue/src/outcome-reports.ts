import type { DeliveryOutcome } from '@app/delivery';
import type { Delivery } from './delivery-run.js';
import type { QueueLease } from './queue-lease.js';
import type { QueueLogInterface } from './queue-log.interface.js';
import type { QueueMetricsInterface } from './queue-metrics.interface.js';
import type { DiscardedOutcome, Settled } from './settlement.js';

/** Tells log and metrics what became of messages, after it was recorded: one wide line an attempt. */
export class OutcomeReports {
  constructor(
    private readonly log: QueueLogInterface,
    private readonly metrics: QueueMetricsInterface,
  ) {}

  /** Of a run, whose lease had another head at first. */
  recorded(run: QueueLease, delivery: Delivery, isRecorded: boolean): void {
    const lease = { ...run, head: delivery.message, attempts: delivery.attempt - 1 };
    const kind = isRecorded ? 'settled' : 'fenced';
    this.settled(lease, delivery.outcome, kind, performance.now() - delivery.startedAt);
  }

  /** `totalMs`: from the beginning of the attempt to the answer of the statement that recorded it. */
  settled(
    lease: QueueLease,
    outcome: DeliveryOutcome | DiscardedOutcome,
    kind: Settled['kind'],
    totalMs: number,
  ): void {
    const attemptMs = 'durationMs' in outcome ? outcome.durationMs : undefined;
    const settleMs = totalMs - (attemptMs ?? 0);
    const fields = { ...fieldsOf(lease, outcome), settleMs: Math.round(settleMs) };
    if (kind === 'fenced') {
      this.metrics.leaseLost('fenced');
      this.log.warn('delivery.fenced', fields);
      return;
    }
    this.metrics.settled('code' in outcome ? outcome.code : outcome.kind, attemptMs, settleMs);
    this.log.info('delivery.attempted', fields);
    this.reportTurn(lease, 'code' in outcome);
  }

  /** Where an episode begins or ends. */
  private reportTurn(lease: QueueLease, hasFailed: boolean): void {
    const { queueId: integrationId, organizationId, status } = lease;
    if (hasFailed && status === 'HEALTHY') {
      this.log.warn('queue.blocked', { integrationId, organizationId });
    }
    if (!hasFailed && status === 'BLOCKED') {
      this.log.info('queue.unblocked', { integrationId, organizationId });
    }
  }
}

function fieldsOf(
  { head, queueId, organizationId, attempts }: QueueLease,
  outcome: DeliveryOutcome | DiscardedOutcome,
): Record<string, unknown> {
  return {
    integrationId: queueId,
    organizationId,
    webhookId: head.webhookId,
    messageId: head.messageId,
    type: head.type,
    seq: head.seq,
    attempt: attempts + 1,
    outcome: outcome.kind,
    ...('code' in outcome ? { code: outcome.code, cause: outcome.message } : {}),
    ...('statusCode' in outcome ? { statusCode: outcome.statusCode } : {}),
    ...('durationMs' in outcome ? { durationMs: Math.round(outcome.durationMs) } : {}),
    bytes: head.body.length,
  };
}
