import type { ClientIdentityQuery, DeliveryKeysQuery } from '@app/applications';
import type { DeliveryOutcome, FailedOutcome, WebhookRequest, WebhookSender } from '@app/delivery';
import { buildEnvelope, type MessageFailedInterface } from '@app/events';
import type { DeliveryRecorder } from './delivery-recorder.js';
import { DeliveryRun, QUICK_MS } from './delivery-run.js';
import type { EndpointProofs } from './endpoint-proofs.js';
import type { IngestItem } from './ingest-batch.js';
import type { MessageEmitterInterface } from './message-emitter.interface.js';
import type { MessageEnqueuer } from './message-enqueuer.js';
import type { OutcomeRecorder } from './outcome-recorder.js';
import { OutcomeReports } from './outcome-reports.js';
import type { QueueLease } from './queue-lease.js';
import type { QueueLogInterface } from './queue-log.interface.js';
import type { QueueMetricsInterface } from './queue-metrics.interface.js';
import type { QueueTracerInterface } from './queue-tracer.interface.js';
import { QUEUE_STEPS } from './queue-steps.js';
import type { QueueStore } from './queue.store.js';
import { marksOf } from './request-marks.js';
import { retryDelayMs, type RetryBackoff } from './retry-backoff.js';
import type { DiscardedOutcome, Settled } from './settlement.js';

/** How long a queue rests after a failure of our own (database, secret) before it is tried again. */
const OWN_FAULT_DELAY_MS = 1_000;

export interface SendingOptions {
  /** Requests of a queue that may begin before the outcome of an earlier one is recorded; 0: none. */
  readonly ahead: number;
  /** Milliseconds; a receiver that takes longer is not run ahead of. 100 when absent. */
  readonly quickMs?: number;
  /** The sender's total deadline plus a margin, milliseconds: what must be left of a lease to send. */
  readonly neededOfLeaseMs: number;
  /** Of queues for which an operator set no other. */
  readonly backoff: RetryBackoff;
}

export interface QueueProcessorParts {
  readonly enqueuer: MessageEnqueuer;
  readonly store: QueueStore;
  readonly recorder: OutcomeRecorder;
  readonly deliveries: DeliveryRecorder;
  readonly keys: DeliveryKeysQuery;
  readonly identities: ClientIdentityQuery;
  readonly sender: WebhookSender;
  /** Undefined: endpoints have nothing to prove. */
  readonly proofs?: EndpointProofs | undefined;
  readonly emitter: MessageEmitterInterface;
  readonly log: QueueLogInterface;
  readonly metrics: QueueMetricsInterface;
  readonly tracer: QueueTracerInterface;
}

/** What became of a leased queue; `released` where nobody is to blame and it was given back. */
export type Sent = Settled | { readonly kind: 'released' };

/** What a queue may do in its slot. */
export interface SendingTurn {
  /** Takes a place at the endpoint's origin; false where that is full. */
  enter(endPoint: string): boolean;
  /** Asked after each message, with the duration of its attempt if there was one: may the next one follow? */
  mayGoOn(attemptMs?: number): boolean;
  /** Will messages that come behind so many in hand still be part of the turn? */
  wantsMore(inHand: number): boolean;
}

/** Nothing was sent, and the fault is ours: the queue rests for so long. */
interface NotSent {
  readonly kind: 'not_sent';
  readonly delayMs: number;
}

/**
 * The three verbs of a queue: process (④ append), send (⑤ ⑥ deliver and advance), error (⑥ block).
 * Order rests on the store, exclusivity on the lease; no SQL stands here.
 */
export class QueueProcessor {
  private readonly reports: OutcomeReports;

  constructor(
    private readonly parts: QueueProcessorParts,
    private readonly options: SendingOptions,
  ) {
    this.reports = new OutcomeReports(parts.log, parts.metrics);
  }

  /**
   * Appends what a batch of records became. Resolves after the commit; doing it again with the same
   * records stores nothing twice. Rejects where nothing was stored, so that Kafka delivers again.
   */
  process(items: readonly IngestItem[]): Promise<void> {
    return this.parts.enqueuer.enqueue(items);
  }

  /**
   * Sends what a leased queue holds, from its head on and one request at a time, and records the
   * outcomes, until the turn or the queue ends. Never rejects because of the receiver. The answer has
   * a renewed lease (`next`) only behind what was discarded instead of sent.
   */
  async send(lease: QueueLease, turn: SendingTurn): Promise<Sent> {
    if (lease.mayRun) return this.run(lease, turn);
    if (lease.head.removed) {
      return this.record(lease, { kind: 'discarded' }, performance.now(), turn.mayGoOn());
    }
    const startedAt = performance.now();
    if (!turn.enter(lease.head.endPoint)) return this.release(lease);
    const outcome = await this.attempt(lease);
    if (outcome.kind === 'not_sent') return this.release(lease, outcome.delayMs);
    turn.mayGoOn(outcome.durationMs);
    return outcome.kind === 'delivered'
      ? this.record(lease, outcome, startedAt, false)
      : this.error(lease, outcome, startedAt);
  }

  /** The head failed: the queue is BLOCKED, and the failure is told on `applications.message.failed`. */
  async error(lease: QueueLease, outcome: FailedOutcome, startedAt: number): Promise<Settled> {
    const settled = await this.record(lease, outcome, startedAt, false);
    if (settled.kind === 'settled') {
      const event = this.failedEvent(lease, outcome, settled);
      this.parts.emitter.emitFailed([event]).then(
        () => QUEUE_STEPS.failureEmitted.publish(event),
        (error: unknown) => {
          const { integrationId, messageId } = event;
          this.parts.log.error('failure.not_emitted', { error, integrationId, messageId });
        },
      );
    }
    return settled;
  }

  /** Deliveries are recorded behind the requests; anything else waits until all before it is recorded. */
  private async run(first: QueueLease, turn: SendingTurn): Promise<Sent> {
    const { deliveries: recorder, store } = this.parts;
    const run = new DeliveryRun(
      first,
      { recorder, store },
      {
        ahead: this.options.ahead,
        quickMs: this.options.quickMs ?? QUICK_MS,
        wantsMore: (inHand) => turn.wantsMore(inHand),
        onRecorded: (delivery, isRecorded) => this.reports.recorded(first, delivery, isRecorded),
      },
    );
    for (let lease = await run.next(); lease; lease = await run.next()) {
      const startedAt = performance.now();
      const { head: message, attempts } = lease;
      const attempt = attempts + 1;
      if (message.removed) {
        const outcome = { kind: 'discarded' } as const;
        run.done({ message, attempt, outcome, startedAt }, turn.mayGoOn());
        continue;
      }
      if (!turn.enter(message.endPoint)) return released(await run.end());
      const outcome = await this.attempt(lease);
      if (outcome.kind === 'not_sent') return released(await run.end(outcome.delayMs));
      const goesOn = turn.mayGoOn(outcome.durationMs);
      if (outcome.kind === 'delivered') {
        run.done({ message, attempt, outcome, startedAt }, goesOn);
      } else {
        return (await run.allRecorded()) ? this.error(lease, outcome, startedAt) : run.end();
      }
    }
    return run.end();
  }

  private async release(lease: QueueLease, delayMs = 0): Promise<Sent> {
    await this.parts.store.release([lease], delayMs);
    return { kind: 'released' };
  }

  private async attempt(lease: QueueLease): Promise<DeliveryOutcome | NotSent> {
    const { keys, identities, log } = this.parts;
    const { queueId, organizationId, head } = lease;
    try {
      const { secret, ...others } = await keys.execute(lease.applicationId);
      const identity = await identities.execute(queueId);
      if (!this.holdsLongEnough(lease)) return this.tooShort(lease);
      const { messageId, webhookId, type, enqueuedAt } = head;
      const body = buildEnvelope(
        { organizationId, messageId, webhookId, type, date: enqueuedAt.toISOString() },
        head.body,
      );
      const { endPoint, headers } = head;
      const request = {
        endPoint,
        headers,
        marks: marksOf(head),
        body,
        secret,
        standard: { id: messageId, ...others },
        ...(identity && { identity }),
      };
      const refused = await this.refusal(webhookId, request);
      if (refused) return refused;
      // A challenge has taken its time.
      return this.holdsLongEnough(lease) ? await this.post(lease, request) : this.tooShort(lease);
    } catch (error) {
      log.error('delivery.not_attempted', {
        error,
        integrationId: queueId,
        messageId: head.messageId,
      });
      return { kind: 'not_sent', delayMs: OWN_FAULT_DELAY_MS };
    }
  }

  private async refusal(
    webhookId: string,
    request: WebhookRequest,
  ): Promise<FailedOutcome | undefined> {
    const { proofs, sender } = this.parts;
    return proofs?.refusal(webhookId, request, (each) => sender.post(each));
  }

  private tooShort({ queueId, head }: QueueLease): NotSent {
    const { log, metrics } = this.parts;
    log.warn('lease.too_short', { integrationId: queueId, messageId: head.messageId });
    metrics.leaseLost('too_short');
    return { kind: 'not_sent', delayMs: 0 };
  }

  private async post(lease: QueueLease, request: WebhookRequest): Promise<DeliveryOutcome> {
    const { sender, tracer } = this.parts;
    const span = tracer.deliver(lease);
    let outcome: DeliveryOutcome | undefined;
    try {
      outcome = await sender.post({ ...request, marks: { ...request.marks, ...span.marks } });
      return outcome;
    } finally {
      span.end(outcome);
    }
  }

  /**
   * The lease guard: a request may only begin where it surely ends before anybody else can claim
   * the queue. Without it a paused process sends beside its successor (measured: reordering).
   */
  private holdsLongEnough(lease: QueueLease): boolean {
    return performance.now() + this.options.neededOfLeaseMs < lease.deadline;
  }

  private async record(
    lease: QueueLease,
    outcome: DeliveryOutcome | DiscardedOutcome,
    startedAt: number,
    keep: boolean,
  ): Promise<Settled> {
    const attempt = lease.attempts + 1;
    const settled = await this.parts.recorder.record({
      lease,
      outcome,
      startedAt,
      keep,
      retryInMs: retryDelayMs(
        backoffOf(lease, this.options.backoff),
        { attempt, retryAfterMs: 'retryAfterMs' in outcome ? outcome.retryAfterMs : null },
        Math.random(),
      ),
    });
    this.reports.settled(lease, outcome, settled.kind, performance.now() - startedAt);
    return settled;
  }

  private failedEvent(
    lease: QueueLease,
    outcome: FailedOutcome,
    settled: Extract<Settled, { kind: 'settled' }>,
  ): MessageFailedInterface {
    const { head, queueId: integrationId, organizationId } = lease;
    return {
      integrationId,
      organizationId,
      webhookId: head.webhookId,
      messageId: head.messageId,
      type: head.type,
      date: head.enqueuedAt.toISOString(),
      attempt: lease.attempts + 1,
      outcome: outcome.kind,
      code: outcome.code,
      statusCode: outcome.statusCode,
      lastErrorMessage: outcome.message,
      lastTriedAt: (settled.lastTriedAt ?? head.enqueuedAt).toISOString(),
      nextAttemptAt: settled.probes ? (settled.dueAt?.toISOString() ?? null) : null,
    };
  }
}

/** A run that was given back before its end; where it was lost instead, that is what became of it. */
const released = (settled: Settled): Sent =>
  settled.kind === 'fenced' ? settled : { kind: 'released' };

/** What an operator set for the queue, else what is configured; of the two bounds the one that was set holds. */
function backoffOf({ backoff }: QueueLease, configured: RetryBackoff): RetryBackoff {
  const maxMs = backoff.maxMs ?? Math.max(configured.maxMs, backoff.minMs ?? 0);
  return { minMs: Math.min(backoff.minMs ?? configured.minMs, maxMs), maxMs };
}
