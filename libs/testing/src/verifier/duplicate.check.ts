import { isAnswered, type CorrelatedRun, type RunMessage } from './correlated-run.js';
import type { FaultIndex } from './fault-index.js';
import type { Fault } from './fault.js';
import { appendTo } from './grouping.js';
import type { OperatorRepeat } from './operator-repeat.js';
import type { ReceivedRecord } from './received-record.js';
import type { Verdict } from './verdict.js';
import type { DuplicateCounts } from './verifier-report.js';

export interface Duplicates {
  readonly verdicts: readonly Verdict[];
  readonly counts: DuplicateCounts;
}

export interface DuplicateRules {
  readonly faults: FaultIndex;
  readonly marginMs: number;
  readonly duplicatesPerFault: number;
}

/** A kind of fault or the operator; else the verdict that there was none. */
type Cause =
  | { readonly by: string }
  | { readonly by: null; readonly verdict: 'unexplained_duplicate' | 'too_many_duplicates' };

const OPERATOR: Cause = { by: 'operator' };

/** A request for a message that had been answered 2xx before. */
interface Repetition {
  readonly queue: string;
  readonly message: RunMessage;
  /** The one before it, which was answered 2xx completely. */
  readonly answered: ReceivedRecord;
  readonly request: ReceivedRecord;
}

/**
 * Decides which messages came again although the receiver had taken them, and why. A request after
 * one that was not answered 2xx completely is a retry and no duplicate, also of a repetition.
 *
 * What explains a repetition: an operator who asked for it before, each request once; else a fault
 * that can keep an answer from being seen or recorded, and that went on between the beginning of the
 * request that was answered and the beginning of its repetition, give or take the margin. The
 * beginning, because a sender may be gone while its receiver is still answering.
 *
 * Every fault may repeat a limited number of messages of a queue. Repetitions are given, by time, to
 * the fault that was over first and has room.
 */
export function checkDuplicates(run: CorrelatedRun, rules: DuplicateRules): Duplicates {
  const verdicts: Verdict[] = [];
  const explained: Record<string, number> = {};
  let unexplained = 0;
  const asked = new AskedRepeats(run.input.repeats ?? [], rules.marginMs);
  const blame = new Blame(rules);
  for (const repetition of repetitionsOf(run)) {
    const cause = asked.take(repetition) ? OPERATOR : blame.give(repetition);
    if (cause.by === null) {
      unexplained += 1;
      verdicts.push(verdictOf(repetition, cause.verdict));
    } else {
      explained[cause.by] = (explained[cause.by] ?? 0) + 1;
    }
  }
  return { verdicts, counts: { explained, unexplained } };
}

/** By time. */
function repetitionsOf({ messages }: CorrelatedRun): Repetition[] {
  const found: Repetition[] = [];
  for (const message of messages) {
    const { queue, requests } = message;
    if (queue === null) continue;
    let answered: ReceivedRecord | null = null;
    for (const request of requests) {
      if (answered !== null) found.push({ queue, message, answered, request });
      answered = isAnswered(request) ? request : null;
    }
  }
  return found.sort((a, b) => a.request.startedAt - b.request.startedAt);
}

function verdictOf(
  { queue, message, answered, request }: Repetition,
  kind: 'unexplained_duplicate' | 'too_many_duplicates',
): Verdict {
  const after = (request.startedAt - (answered.endedAt ?? 0)).toFixed(1);
  const why =
    kind === 'unexplained_duplicate'
      ? 'no fault explains it'
      : 'the faults that could explain it are used up';
  const text = `came again ${after} ms after its answer ${answered.status}: ${why}`;
  return { kind, queue, messageId: message.messageId, at: request.startedAt, text };
}

/** What operators asked for; each of it explains one request. */
class AskedRepeats {
  readonly #open = new Map<string, OperatorRepeat[]>();

  constructor(
    repeats: readonly OperatorRepeat[],
    private readonly marginMs: number,
  ) {
    for (const repeat of [...repeats].sort((a, b) => a.at - b.at)) {
      appendTo(this.#open, repeat.messageId, repeat);
    }
  }

  take({ message, request }: Repetition): boolean {
    const open = this.#open.get(message.messageId) ?? [];
    const [first] = open;
    if (first === undefined || first.at > request.startedAt + this.marginMs) return false;
    open.shift();
    return true;
  }
}

/** How many messages of a queue each fault has been blamed for. */
class Blame {
  readonly #given = new Map<Fault, Map<string, Set<string>>>();

  constructor(private readonly rules: DuplicateRules) {}

  give({ queue, message, answered, request }: Repetition): Cause {
    const span = { queue, from: answered.startedAt, to: request.startedAt };
    const causes = this.rules.faults.during(span, ({ repeats }) => repeats);
    for (const fault of causes) {
      const repeated = this.#messagesOf(fault, queue);
      const room = fault.duplicates ?? this.rules.duplicatesPerFault;
      if (repeated.size >= room && !repeated.has(message.messageId)) continue;
      repeated.add(message.messageId);
      return { by: fault.kind };
    }
    const verdict = causes.length === 0 ? 'unexplained_duplicate' : 'too_many_duplicates';
    return { by: null, verdict };
  }

  #messagesOf(fault: Fault, queue: string): Set<string> {
    const byQueue = this.#given.get(fault) ?? new Map<string, Set<string>>();
    this.#given.set(fault, byQueue);
    const messages = byQueue.get(queue) ?? new Set<string>();
    byQueue.set(queue, messages);
    return messages;
  }
}
