import type { CorrelatedRun } from './correlated-run.js';
import { appendTo } from './grouping.js';
import type { QueueRow } from './service-tables.js';
import type { Verdict, VerdictKind } from './verdict.js';

/** Whether every queue has come to rest: neither blocked, nor leased, nor with anything waiting. */
export function checkRest({ queues, endedAt }: CorrelatedRun): Verdict[] {
  const verdicts: Verdict[] = [];
  for (const row of queues.values()) {
    const left = whatIsLeft(row);
    if (left === null) continue;
    const [kind, text] = left;
    verdicts.push({ kind, queue: row.queue, messageId: null, at: endedAt, text });
  }
  return verdicts;
}

/** The first that holds is the cause of the others. */
function whatIsLeft({
  status,
  isLocked,
  head,
  tail,
  lastError,
}: QueueRow): [VerdictKind, string] | null {
  const waiting = `${Math.max(0, tail - head + 1)} waiting from ${head} to ${tail}`;
  if (status !== 'HEALTHY') return ['left_blocked', `${status}, ${waiting}: ${lastError ?? ''}`];
  if (isLocked) return ['left_locked', `leased, ${waiting}`];
  return head <= tail ? ['left_behind', waiting] : null;
}

/**
 * Whether the positions of every queue run from 1 to its tail, one message each. A retention that
 * drops messages must not have run.
 */
export function checkPositions({ input, queues, endedAt }: CorrelatedRun): Verdict[] {
  const positions = new Map<string, number[]>();
  for (const { queue, seq } of input.tables.messages) appendTo(positions, queue, seq);
  const verdicts: Verdict[] = [];
  for (const { queue, tail } of queues.values()) {
    const found = (positions.get(queue) ?? []).sort((a, b) => a - b);
    const wrong = found.findIndex((seq, index) => seq !== index + 1);
    if (wrong === -1 && found.length === tail) continue;
    const index = wrong === -1 ? Math.min(found.length, tail) : wrong;
    const text = `where ${index + 1} of ${tail} should follow, there is ${found[index] ?? 'nothing'}`;
    verdicts.push({ kind: 'position_gap', queue, messageId: null, at: endedAt, text });
  }
  return verdicts;
}
