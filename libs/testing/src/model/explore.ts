import type { ProtocolAction, Story } from './protocol-actions.js';
import { isDone, stepsOf } from './protocol-model.js';
import type { ModelTerms, Violation } from './protocol-step.js';
import { initialState, keyOf, type ProtocolState } from './protocol-state.js';

export interface Exploration {
  /** Different ones that can be reached, up to which worker is which. */
  readonly states: number;
  /** The shortest that there is; null where no story breaks a promise. */
  readonly counterexample: Counterexample | null;
}

export interface Counterexample {
  readonly story: Story;
  readonly violation: Violation;
}

/** How a state was reached first. */
interface Node {
  readonly from: Node | null;
  readonly action: ProtocolAction | null;
}

/** The states themselves are forgotten when they were looked at. */
interface Reached {
  readonly state: ProtocolState;
  readonly node: Node;
}

/** Looks at every state that can be reached, nearest first, until one breaks a promise. */
export function explore(terms: ModelTerms): Exploration {
  const start = initialState(terms.size);
  const seen = new Set([keyOf(start)]);
  let layer: Reached[] = [{ state: start, node: { from: null, action: null } }];
  while (layer.length > 0) {
    const following: Reached[] = [];
    for (const { state, node } of layer) {
      const steps = stepsOf(state, terms);
      const isStuck = steps.length === 0 && !isDone(state, terms);
      if (isStuck) return ended(seen, node, 'stuck: something waits, and nothing can be done');
      for (const { action, next, violation } of steps) {
        if (violation) return ended(seen, { from: node, action }, violation);
        const key = keyOf(next);
        if (seen.has(key)) continue;
        seen.add(key);
        following.push({ state: next, node: { from: node, action } });
      }
    }
    layer = following;
  }
  return { states: seen.size, counterexample: null };
}

function ended(seen: ReadonlySet<string>, last: Node, violation: Violation): Exploration {
  const story: ProtocolAction[] = [];
  for (let node: Node | null = last; node?.action; node = node.from) story.unshift(node.action);
  return { states: seen.size, counterexample: { story, violation } };
}
