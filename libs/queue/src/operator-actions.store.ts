import type { DataSource } from 'typeorm';
import { RequestIdUsedError } from './queue.errors.js';
import type { Operator } from './queue-operations.store.js';

/** What an operator did to something else than one queue. */
export interface OperatorRequest {
  readonly action: string;
  readonly target: object;
  readonly operator: Operator;
}

interface DoneRow {
  readonly action: string;
  readonly same: boolean;
  readonly result: unknown;
}

/** The record of actions that do not go through `operate_queue`: those on queues write theirs down themselves. */
export class OperatorActionsStore {
  constructor(private readonly dataSource: DataSource) {}

  /** What an earlier request with the same id came to. Throws {@link RequestIdUsedError}. */
  async resultOf<Result>({
    action,
    target,
    operator,
  }: OperatorRequest): Promise<Result | undefined> {
    const { requestId } = operator;
    if (requestId === undefined) return undefined;
    const [done] = await this.dataSource.query<DoneRow[]>(
      `SELECT action, target::text = $2 AS same, result FROM operator_action WHERE request_id = $1`,
      [requestId, JSON.stringify(target)],
    );
    if (!done) return undefined;
    if (done.action !== action || !done.same) throw new RequestIdUsedError(requestId);
    return done.result as Result;
  }

  /** Of two requests with one id that were made at the same time the first is written down. */
  async record({ action, target, operator }: OperatorRequest, result: object): Promise<void> {
    const { actor, reason, requestId } = operator;
    await this.dataSource.query(
      `INSERT INTO operator_action (actor, action, target, reason, request_id, before, after, result)
       VALUES ($1, $2, $3::text::json, $4, $5, '{}', '{}', $6) ON CONFLICT (request_id) DO NOTHING`,
      [actor, action, JSON.stringify(target), reason ?? null, requestId ?? null, result],
    );
  }
}
