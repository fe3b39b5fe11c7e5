import { isAnswered, seqOf, type CorrelatedRun, type RunMessage } from './correlated-run.js';
import { appendTo } from './grouping.js';
import type { LedgerPosition, ReceivedRecord } from './received-record.js';
import type { Verdict } from './verdict.js';

interface Step {
  readonly message: RunMessage;
  readonly request: ReceivedRecord;
  readonly position: LedgerPosition;
}

/** What a webhook's chain has led to. */
interface Chain {
  /** Position of the last message that was delivered for the first time; 0 before the first. */
  last: number;
  readonly previousOf: Map<number, number | null>;
}

/**
 * Decides whether the headers `x-happycolis-…sequence…` tell the truth, where requests carry them.
 *
 * The sequence has to be a position that the message has in its queue. The previous sequence has to
 * be that of the message that the webhook got before, and the same again when a message is repeated;
 * it may be missing only before the webhook has got anything. The skipped sequences have to be the
 * positions of the webhook in between that were set aside. Both are decided by requests that were
 * answered 2xx: an attempt before may have told of what an operator then changed. Replays to another
 * endpoint are in no chain.
 */
export function checkSequences(run: CorrelatedRun): Verdict[] {
  const verdicts: Verdict[] = [];
  const byWebhook = new Map<string, Step[]>();
  for (const message of run.messages) {
    for (const request of message.requests) {
      const { position } = request;
      if (position === null) continue;
      const step = { message, request, position };
      const wrong = judgePosition(message, position.sequence);
      if (wrong !== null) verdicts.push(verdictOf('wrong_sequence', step, wrong));
      else if (isInChain(step)) appendTo(byWebhook, message.webhookId, step);
    }
  }
  const rows = rowsByWebhook(run);
  for (const [webhookId, steps] of byWebhook) {
    const passed = rows.get(webhookId) ?? [];
    verdicts.push(...judgeChain(steps, passed));
  }
  return verdicts;
}

function judgePosition({ row, copies }: RunMessage, sequence: number): string | null {
  const places = [...(row === null ? [] : [row]), ...copies].map(({ seq }) => seq);
  if (places.length === 0 || places.includes(sequence)) return null;
  return `says position ${sequence}, is stored at ${places.join(', ')}`;
}

function isInChain({ message, request }: Step): boolean {
  return isAnswered(request) && message.subscription?.endPoint === request.endPoint;
}

/** Positions of a webhook that were set aside, ascending. */
function rowsByWebhook({ byQueue }: CorrelatedRun): ReadonlyMap<string, readonly number[]> {
  const found = new Map<string, number[]>();
  for (const messages of byQueue.values()) {
    for (const message of messages) {
      if (message.isSetAside) appendTo(found, message.webhookId, seqOf(message));
    }
  }
  return found;
}

function judgeChain(steps: readonly Step[], setAside: readonly number[]): Verdict[] {
  const chain: Chain = { last: 0, previousOf: new Map() };
  const verdicts: Verdict[] = [];
  const byTime = [...steps].sort((a, b) => a.request.startedAt - b.request.startedAt);
  for (const step of byTime) {
    const wrong = judgeStep(chain, step.position, setAside);
    if (wrong !== null) verdicts.push(verdictOf('broken_chain', step, wrong));
    if (chain.previousOf.has(step.position.sequence)) continue;
    chain.previousOf.set(step.position.sequence, step.position.previous);
    chain.last = step.position.sequence;
  }
  return verdicts;
}

function judgeStep(
  { last, previousOf }: Chain,
  { sequence, previous, skipped }: LedgerPosition,
  setAside: readonly number[],
): string | null {
  const before = previousOf.get(sequence);
  if (before !== undefined) {
    if (before === previous) return null;
    return `${sequence} named ${before ?? 'nothing'} as previous, and now ${previous ?? 'nothing'}`;
  }
  if (previous === null) {
    return last === 0 ? null : `${sequence} names nothing as previous, ${last} was delivered`;
  }
  if (previous !== last) return `${sequence} names ${previous} as previous, ${last} was delivered`;
  const due = setAside.filter((seq) => seq > previous && seq < sequence);
  return matches(skipped, due)
    ? null
    : `${sequence} names ${skipped || 'nothing'} as skipped, which is ${due.join(', ') || 'nothing'}`;
}

const MAX_RANGE = 1_000_000;

/** `4, 6-9`; `...` at the end stands for more than the 64 entries before it. */
function matches(skipped: string, due: readonly number[]): boolean {
  const entries = skipped === '' ? [] : skipped.split(', ');
  const isCut = entries.at(-1) === '...';
  const named = (isCut ? entries.slice(0, -1) : entries).flatMap(positionsOf);
  const expected = isCut ? due.slice(0, named.length) : due;
  if (isCut && named.length >= due.length) return false;
  return named.length === expected.length && named.every((seq, n) => seq === expected[n]);
}

/** NaN, which is equal to nothing, where the entry is no range that a run could have. */
function positionsOf(entry: string): number[] {
  const [from = NaN, to = from] = entry.split('-').map(Number);
  const count = to - from + 1;
  if (!(count >= 1 && count <= MAX_RANGE)) return [NaN];
  return Array.from({ length: count }, (_, n) => from + n);
}

function verdictOf(
  kind: 'wrong_sequence' | 'broken_chain',
  { message: { queue, messageId }, request }: Step,
  text: string,
): Verdict {
  return { kind, queue, messageId, at: request.startedAt, text };
}
