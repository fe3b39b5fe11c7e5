import { type DataSource, QueryFailedError } from 'typeorm';
import { InFlightDeliveries } from './in-flight-deliveries.query.js';
import { QueueNotFoundError, RequestIdUsedError } from './queue.errors.js';

/** Who acts, and how. */
export interface Operator {
  /** A name that means something to the operator's colleagues. */
  readonly actor: string;
  /** For the record. */
  readonly reason?: string | undefined;
  /** A UUID: once it has changed something, a second request with it does nothing and gets the same answer. */
  readonly requestId?: string | undefined;
  /** Says what would happen, and does nothing. */
  readonly dryRun?: boolean | undefined;
  /** Ends the wait for a request that is under way; what was done by then is done. */
  readonly signal?: AbortSignal | undefined;
}

/** A queue as the record of actions keeps it. */
export interface QueueSnapshot {
  readonly status: 'HEALTHY' | 'BLOCKED';
  /** Decimal strings (64-bit). */
  readonly headSeq: string;
  readonly tailSeq: string;
  readonly pausedAt: string | null;
  readonly blockedAt: string | null;
  readonly attempts: number;
  readonly dueAt: string;
  readonly gaveUpReason: string | null;
  readonly recoveryMode: string | null;
  readonly backoffMinMs: number | null;
  readonly backoffMaxMs: number | null;
}

const OPERATION_VERDICTS = [
  'changed',
  'unchanged',
  'in_flight',
  'not_blocked',
  'not_head',
  'not_parked',
  'not_waiting',
  'webhook_removed',
  'too_many',
  'nothing_found',
] as const;

/** 'changed' alone means that something was done; the others say why not. */
export type OperationVerdict = (typeof OPERATION_VERDICTS)[number];

export interface OperationResult {
  readonly verdict: OperationVerdict;
  /** The answer of an earlier request with the same id. */
  readonly repeated: boolean;
  readonly before: QueueSnapshot;
  readonly after: QueueSnapshot;
  /** Where in the queue the message is or was, decimal string. */
  readonly seq?: string;
  /** Where a parked message was put back. */
  readonly place?: 'head' | 'in_order' | 'back';
  /** How many messages are sent again, from which number on. */
  readonly messages?: number;
  readonly firstSeq?: string;
  /** How many messages one replay can have. */
  readonly limit?: number;
}

/** How a blocked queue recovers; null is as configured. */
export interface RecoverySettings {
  readonly mode: 'probe' | 'manual' | null;
  readonly backoffMinMs: number | null;
  readonly backoffMaxMs: number | null;
}

export interface ReplayRange {
  /** By the date of the envelopes, this one included, */
  readonly from: Date;
  /** and this one not. */
  readonly to: Date;
  /** Only the messages of this webhook. */
  readonly webhookId?: string | undefined;
  /** Where they go, when not to the endpoints of their webhooks; judged by the caller. */
  readonly endPoint?: string | undefined;
}

/** Most messages of one replay: their copies are made while the queue is locked. */
export const REPLAY_LIMIT = 10_000;

/**
 * What operators do to queues. Each method is one statement that locks the queue, acts, and writes down
 * who acted, when, why, and the queue before and after; see the migration "operator-verbs".
 *
 * A verb that depends on the request under way waits for its end: one attempt of the receiver, or, where
 * a replica was killed, its lease. Only a dry run answers 'in_flight' instead.
 *
 * All throw {@link QueueNotFoundError} and, where the id of a request was used for something else,
 * {@link RequestIdUsedError}.
 */
export class QueueOperationsStore {
  private readonly inFlight: InFlightDeliveries;

  constructor(private readonly dataSource: DataSource) {
    this.inFlight = new InFlightDeliveries(dataSource);
  }

  /** After this nothing more is sent; events are accepted. */
  async pause(integrationId: string, operator: Operator): Promise<OperationResult> {
    const result = await this.operate('pause', integrationId, operator);
    if (!operator.dryRun) await this.inFlight.ended([integrationId], undefined, operator.signal);
    return result;
  }

  /** The queue goes on where it was. */
  resume(integrationId: string, operator: Operator): Promise<OperationResult> {
    return this.operate('resume', integrationId, operator);
  }

  /**
   * Asks for the head of a blocked queue to be tried now; it stays BLOCKED until that was delivered.
   * Nothing is skipped. The sweeper of any replica takes it up within its interval.
   */
  unblock(integrationId: string, operator: Operator): Promise<OperationResult> {
    return this.operate('unblock', integrationId, operator);
  }

  /** A queue that had given up probes again, unless it is set to manual; a blocked one is tried now. */
  setRecovery(
    integrationId: string,
    settings: RecoverySettings,
    operator: Operator,
  ): Promise<OperationResult> {
    const { mode, backoffMinMs, backoffMaxMs } = settings;
    return this.operate('set_recovery', integrationId, operator, {
      mode,
      backoffMinMs,
      backoffMaxMs,
    });
  }

  /**
   * Parks the head, which has to be this message, and the queue goes on behind it. Where a request for it
   * is under way that comes first: what it delivers is not parked any more.
   */
  skip(integrationId: string, messageId: string, operator: Operator): Promise<OperationResult> {
    return this.operate('skip', integrationId, operator, { messageId });
  }

  /**
   * Puts a parked message back: at the head while nothing behind it was delivered, else at the back of
   * the queue; in its order, where the head has not come to it yet.
   */
  unskip(integrationId: string, messageId: string, operator: Operator): Promise<OperationResult> {
    return this.operate('unskip', integrationId, operator, { messageId });
  }

  /** Takes a waiting or parked message out of the queue for good. What is stored of it stays. */
  discard(integrationId: string, messageId: string, operator: Operator): Promise<OperationResult> {
    return this.operate('discard', integrationId, operator, { messageId });
  }

  /** Sends what was delivered in a range of time once more, in order, behind what waits. */
  replay(integrationId: string, range: ReplayRange, operator: Operator): Promise<OperationResult> {
    return this.operate('replay', integrationId, operator, {
      from: range.from.toISOString(),
      to: range.to.toISOString(),
      webhookId: range.webhookId ?? null,
      endPoint: range.endPoint ?? null,
      limit: REPLAY_LIMIT,
    });
  }

  private async operate(
    verb: string,
    integrationId: string,
    operator: Operator,
    args: object = {},
  ): Promise<OperationResult> {
    for (;;) {
      const result = await this.once(verb, integrationId, operator, args);
      if (result.verdict !== 'in_flight' || operator.dryRun) return result;
      await this.inFlight.ended([integrationId], undefined, operator.signal);
    }
  }

  private async once(
    verb: string,
    integrationId: string,
    { actor, reason, requestId, dryRun = false }: Operator,
    args: object,
  ): Promise<OperationResult> {
    const [row] = await this.dataSource
      .query<{ result: OperationAnswer }[]>(
        'SELECT operate_queue($1, $2, $3, $4, $5, $6, $7) AS result',
        [verb, integrationId, args, actor, reason ?? null, requestId ?? null, dryRun],
      )
      .catch((error: unknown) => {
        throw isRequestIdTaken(error) ? new RequestIdUsedError(requestId ?? '') : error;
      });
    if (!row || row.result.verdict === 'not_found') throw new QueueNotFoundError(integrationId);
    if (row.result.verdict === 'request_id_used') throw new RequestIdUsedError(requestId ?? '');
    return row.result;
  }
}

/** Two requests with one id came to different queues at the same time: neither waits for the other's lock. */
function isRequestIdTaken(error: unknown): boolean {
  return (
    error instanceof QueryFailedError &&
    Reflect.get(error.driverError as object, 'constraint') === 'operator_action_request_id_key'
  );
}

type OperationAnswer =
  OperationResult | { readonly verdict: 'not_found' } | { readonly verdict: 'request_id_used' };
