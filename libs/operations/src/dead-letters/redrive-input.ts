import { DEAD_LETTER_REASONS, type DeadLetterReason } from '@app/events';
import type { DeadLetterSelection } from '@app/queue';
import { badInput } from '../operator.errors.js';

export interface RedriveSelection {
  readonly id?: string | null;
  readonly topic?: string | null;
  readonly reason?: string | null;
  readonly receivedAfter?: Date | null;
  readonly receivedBefore?: Date | null;
}

const BY_NUMBER = /^\d{1,18}$/;

/** Which dead letters an operator means. Throws OperatorError where that is all of them, or none. */
export function deadLetterSelection(select: RedriveSelection): DeadLetterSelection {
  const { id, topic, reason, receivedAfter, receivedBefore } = select;
  if (Object.values(select).every((value) => value == null)) {
    throw badInput(
      'select',
      'it selects every dead letter; name an id, a topic, a reason or a time',
    );
  }
  if (id != null && !BY_NUMBER.test(id)) throw badInput('select.id', NO_ID);
  if (topic?.includes('\0')) throw badInput('select.topic', 'it contains the character U+0000');
  return {
    id: id ?? undefined,
    topic: topic ?? undefined,
    reason: reason == null ? undefined : known(reason),
    receivedFrom: receivedAfter ?? undefined,
    receivedTo: receivedBefore ?? undefined,
  };
}

/** Of a dead letter, in the words of a refusal. */
export const NO_ID = 'it is no id of a dead letter, which are numbers';
export const isDeadLetterId = (id: string): boolean => BY_NUMBER.test(id);

function known(reason: string): DeadLetterReason {
  const found = DEAD_LETTER_REASONS.find((each) => each === reason);
  if (found) return found;
  throw badInput('select.reason', `it is none of ${DEAD_LETTER_REASONS.join(', ')}`);
}
