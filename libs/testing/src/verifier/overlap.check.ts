import { endOfRequest, type CorrelatedRun } from './correlated-run.js';
import type { FaultIndex } from './fault-index.js';
import type { ReceivedRecord } from './received-record.js';
import type { Verdict } from './verdict.js';

export interface Overlaps {
  readonly verdicts: readonly Verdict[];
  /** `pairKey` of the messages of each verdict, the earlier one first. */
  readonly pairs: ReadonlySet<string>;
  readonly explained: number;
}

/**
 * A receiver hears that its peer has closed a little later than the next request, where both happen
 * in one turn of its loop.
 */
const CLOSE_NOTICE_MS = 20;

/**
 * Decides whether two requests of a queue ran at the same time: the later one began before the
 * earlier one was answered or its connection closed. A fault explains it that can leave a request
 * open whose sender has been replaced, when it went on between the beginnings of the two.
 */
export function checkOverlaps(run: CorrelatedRun, faults: FaultIndex): Overlaps {
  const verdicts: Verdict[] = [];
  const pairs = new Set<string>();
  let explained = 0;
  for (const [queue, requests] of run.requestsByQueue) {
    for (const [earlier, later] of overlapping(requests)) {
      const during = { queue, from: earlier.startedAt, to: later.startedAt };
      if (faults.during(during, ({ overlaps }) => overlaps).length > 0) {
        explained += 1;
        continue;
      }
      const messageId = later.envelope?.messageId ?? null;
      pairs.add(pairKey(earlier.envelope?.messageId, messageId));
      verdicts.push({
        kind: 'overlap',
        queue,
        messageId,
        at: later.startedAt,
        text: describe(earlier, later),
      });
    }
  }
  return { verdicts, pairs, explained };
}

export function pairKey(earlier: string | undefined, later: string | null): string {
  return `${earlier ?? ''} ${later ?? ''}`;
}

/** `requests` are by the time they started. */
function overlapping(requests: readonly ReceivedRecord[]): [ReceivedRecord, ReceivedRecord][] {
  const found: [ReceivedRecord, ReceivedRecord][] = [];
  let last: ReceivedRecord | null = null;
  for (const request of requests) {
    if (last !== null && request.startedAt < noticedEnd(last)) found.push([last, request]);
    if (last === null || endOfRequest(request) >= endOfRequest(last)) last = request;
  }
  return found;
}

function noticedEnd(request: ReceivedRecord): number {
  return endOfRequest(request) - (request.status === null ? CLOSE_NOTICE_MS : 0);
}

function describe(earlier: ReceivedRecord, later: ReceivedRecord): string {
  const of = earlier.envelope?.messageId.slice(0, 8) ?? 'no envelope';
  const { endedAt } = earlier;
  if (endedAt === null) return `began while the request of ${of} was open, which never ended`;
  const ms = (endedAt - later.startedAt).toFixed(1);
  return `began ${ms} ms before the request of ${of} had ended`;
}
