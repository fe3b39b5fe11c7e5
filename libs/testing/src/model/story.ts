import { ACTIONS, type ProtocolAction, type Story } from './protocol-actions.js';
import { stepsOf } from './protocol-model.js';
import type { ModelTerms, Violation } from './protocol-step.js';
import { initialState, type ProtocolState } from './protocol-state.js';

/** A story for reading, one line an action. */
export function storyText(story: Story, violation?: Violation): string {
  const lines = story.map(
    (action, index) => `${String(index + 1).padStart(3)}  ${sentence(action)}`,
  );
  return [...lines, ...(violation ? [`     → ${violation}`] : [])].join('\n');
}

const workerName = (worker: number): string => `worker ${worker + 1}`;
const queueName = (queue: number): string => `queue ${String.fromCharCode(65 + queue)}`;

function sentence(step: ProtocolAction): string {
  const who = 'worker' in step ? workerName(step.worker) : '';
  switch (step.action) {
    case 'read':
      return `${who} reads the next record of partition ${step.partition + 1}`;
    case 'number':
      return `${who} gives it the position behind the last one, without the lock`;
    case 'enqueue':
      return `${who} stores its message`;
    case 'commitOffset':
      return `${who} commits the offset behind it`;
    case 'wake':
      return `${who} wakes those who send`;
    case 'claim':
      return `${who} claims ${queueName(step.queue)}`;
    case 'send':
      return `${who} sends the next message of ${queueName(step.queue)}; the receiver ${step.answer === 'ok' ? 'answers 2xx' : 'refuses'}`;
    case 'receive':
      return `${who} reads the answer for ${queueName(step.queue)}`;
    case 'settle':
      return `${who} records what was delivered of ${queueName(step.queue)}`;
    case 'block':
      return `${who} records the refusal: ${queueName(step.queue)} is BLOCKED`;
    case 'giveUp':
      return `${who} gives ${queueName(step.queue)} back, because its lease does not last`;
    case 'skip':
    case 'expireLease':
      return fate(step.action, queueName(step.queue));
    case 'crash':
      return `${who} is killed, and starts again`;
    case 'pause':
      return `${who} stands still`;
    case 'resume':
      return `${who} goes on`;
    case 'skew':
      return `the wall clock of ${who} goes far ahead`;
    case 'redeliver':
      return `Kafka brings partition ${step.partition + 1} again from the beginning`;
  }
}

const fate = (action: 'skip' | 'expireLease', queue: string): string =>
  action === 'skip' ? `an operator skips the head of ${queue}` : `the lease of ${queue} runs out`;

export type Replay =
  | { readonly kind: 'violation'; readonly violation: Violation; readonly at: number }
  | {
      readonly kind: 'impossible';
      readonly at: number;
      readonly possible: readonly ProtocolAction[];
    }
  | { readonly kind: 'held'; readonly state: ProtocolState };

/** What the model says of a story: where it breaks a promise, or where it cannot go on (from 1). */
export function replayStory(story: Story, terms: ModelTerms): Replay {
  let state = initialState(terms.size);
  for (const [index, action] of story.entries()) {
    const steps = stepsOf(state, { ...terms, protections: new Set(terms.protections) });
    const step = steps.find((each) => isSame(each.action, action));
    const at = index + 1;
    if (!step) return { kind: 'impossible', at, possible: steps.map((each) => each.action) };
    if (step.violation) return { kind: 'violation', violation: step.violation, at };
    state = step.next;
  }
  return { kind: 'held', state };
}

function isSame(a: ProtocolAction, b: ProtocolAction): boolean {
  const entries = Object.entries(a);
  const others = new Map(Object.entries(b));
  return (
    entries.length === others.size && entries.every(([key, value]) => others.get(key) === value)
  );
}

/**
 * A story as a person or a program wrote it down.
 *
 * @throws Error that says which entry is no action.
 */
export function parseStory(json: string): Story {
  const value: unknown = JSON.parse(json);
  if (!Array.isArray(value)) throw new Error('A story is an array of actions.');
  return value.map((each: unknown, index) => {
    if (!isAction(each)) {
      const names = Object.keys(ACTIONS).join(', ');
      throw new Error(`Entry ${index + 1} is no action (${names}): ${JSON.stringify(each)}`);
    }
    return each;
  });
}

function isAction(value: unknown): value is ProtocolAction {
  return (
    typeof value === 'object' &&
    value !== null &&
    'action' in value &&
    typeof value.action === 'string' &&
    Object.hasOwn(ACTIONS, value.action)
  );
}
