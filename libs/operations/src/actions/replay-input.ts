import type { ReplayRange } from '@app/queue';
import { badInput } from '../operator.errors.js';

/** Why events may not be posted to a URL; undefined where they may. */
export type EndPointFault = (url: string) => string | undefined;

export interface ReplayInput {
  readonly from: Date;
  readonly to: Date;
  readonly webhookId?: string | null;
  readonly endPoint?: string | null;
}

/** Throws OperatorError. */
export function replayRange(input: ReplayInput, endPointFault: EndPointFault): ReplayRange {
  const { from, to, webhookId, endPoint } = input;
  if (to.getTime() <= from.getTime()) throw badInput('to', 'it is not after from');
  const fault = endPoint == null ? undefined : endPointFault(endPoint);
  if (fault !== undefined) throw badInput('endPoint', fault);
  return { from, to, webhookId: webhookId ?? undefined, endPoint: endPoint ?? undefined };
}
