import { type OperationResult, QueueNotFoundError, RequestIdUsedError } from '@app/queue';
import { notFound, OperatorError } from '../operator.errors.js';

export interface ActionOutcome {
  readonly outcome: 'CHANGED' | 'UNCHANGED' | 'NOT_BLOCKED' | 'NOTHING_FOUND';
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
export async function outcomeOf(action: Promise<OperationResult>): Promise<ActionOutcome> {
  const { verdict, place, limit, ...result } = await known(action);
  const outcome = (name: ActionOutcome['outcome']): ActionOutcome => ({
    ...result,
    outcome: name,
    seq: result.seq,
    place: place?.toUpperCase(),
    messages: result.messages,
    firstSeq: result.firstSeq,
  });
  switch (verdict) {
    case 'changed':
      return outcome('CHANGED');
    case 'unchanged':
      return outcome('UNCHANGED');
    case 'not_blocked':
      return outcome('NOT_BLOCKED');
    case 'nothing_found':
      return outcome('NOTHING_FOUND');
    case 'in_flight':
      throw conflict(verdict, 'A request for the message is under way; try again in some seconds');
    case 'not_head':
      throw conflict(
        verdict,
        'The message is not the head of the queue; nextMessages of the queue begins with that',
      );
    case 'not_parked':
      throw conflict(verdict, 'The message is not parked; parkedMessages of the queue lists those');
    case 'not_waiting':
      throw conflict(
        verdict,
        'The message neither waits in this queue nor is it parked; message(id) tells what became of it',
      );
    case 'webhook_removed':
      throw conflict(
        verdict,
        'The webhook of the message was removed, so it cannot be sent; it can be discarded',
      );
    case 'too_many':
      throw new OperatorError(
        'BAD_USER_INPUT',
        `There are more than ${limit} messages in that range of time; replay shorter ones in turn`,
        { reason: verdict, limit },
      );
  }
}

const conflict = (reason: string, message: string): OperatorError =>
  new OperatorError('CONFLICT', message, { reason });

async function known(action: Promise<OperationResult>): Promise<OperationResult> {
  try {
    return await action;
  } catch (error) {
    if (error instanceof QueueNotFoundError) throw notFound(`${error.message}; queues lists them`);
    if (error instanceof RequestIdUsedError) throw conflict(error.code, error.message);
    throw error;
  }
}
