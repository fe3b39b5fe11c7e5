import {
  type OperationResult,
  type OperationVerdict,
  QueueNotFoundError,
  REPLAY_LIMIT,
  RequestIdUsedError,
} from '@app/queue';
import { OperatorError, queueNotFound } from '../operator.errors.js';

/** Verdicts that answer what was asked for; the others say why it cannot be done. */
const OUTCOMES = {
  changed: 'CHANGED',
  unchanged: 'UNCHANGED',
  not_blocked: 'NOT_BLOCKED',
  nothing_found: 'NOTHING_FOUND',
} as const;

type Answering = keyof typeof OUTCOMES;

const REFUSALS: Readonly<Record<Exclude<OperationVerdict, Answering>, string>> = {
  // Of a dry run alone: the action itself waits for the end of the request.
  in_flight:
    'A request for the message is under way; what the action would do is known when that has ended',
  not_head:
    'The message is not the head of the queue; nextMessages of the queue begins with that one',
  not_parked: 'The message is not parked; parkedMessages of the queue lists those that are',
  not_waiting:
    'The message neither waits in this queue nor is it parked; message(id) tells what became of it',
  webhook_removed:
    'The webhook of the message was removed, so it cannot be sent; it can be discarded',
  too_many: `There are more than ${REPLAY_LIMIT} messages in that range of time; replay shorter ones in turn`,
};

export interface ActionOutcome {
  readonly outcome: (typeof OUTCOMES)[Answering];
  readonly repeated: boolean;
  readonly before: object;
  readonly after: object;
  readonly seq: string | undefined;
  readonly place: string | undefined;
  readonly messages: number | undefined;
  readonly firstSeq: string | undefined;
}

/**
 * What came of an action. Throws {@link OperatorError} with a stable reason where it cannot be done: the
 * queue is as it was.
 */
export async function outcomeOf(
  integrationId: string,
  action: Promise<OperationResult>,
): Promise<ActionOutcome> {
  const { verdict, repeated, before, after, ...result } = await known(integrationId, action);
  if (!isAnswering(verdict)) {
    const code = verdict === 'too_many' ? 'BAD_USER_INPUT' : 'CONFLICT';
    throw new OperatorError(code, REFUSALS[verdict], { reason: verdict });
  }
  const { seq, place, messages, firstSeq } = result;
  const moved = { seq, place: place?.toUpperCase(), messages, firstSeq };
  return { outcome: OUTCOMES[verdict], repeated, before, after, ...moved };
}

const isAnswering = (verdict: OperationVerdict): verdict is Answering => verdict in OUTCOMES;

async function known(
  integrationId: string,
  action: Promise<OperationResult>,
): Promise<OperationResult> {
  try {
    return await refused(action);
  } catch (error) {
    if (error instanceof QueueNotFoundError) throw queueNotFound(integrationId);
    throw error;
  }
}

/** The result of an action. Throws {@link OperatorError} where the id of its request was used before. */
export async function refused<Result>(action: Promise<Result>): Promise<Result> {
  try {
    return await action;
  } catch (error) {
    if (!(error instanceof RequestIdUsedError)) throw error;
    throw new OperatorError('CONFLICT', `The ${error.message}`, { reason: error.code });
  }
}
