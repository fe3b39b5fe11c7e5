import { setTimeout as delay } from 'node:timers/promises';
import type { ReceiverBehaviour } from '@app/testing';
import type { FaultAction, FaultContext, FaultDone } from './fault-context.js';

/** So many paths at once. */
const PATHS = { least: 3, most: 20 };

/** Of the sender, see the fleet's environment: 3 s. */
const AFTER_THE_DEADLINE_MS = 3_500;

/** What the behaviour of a path was set by, so that an earlier fault does not end a later one. */
const setBy = new Map<string, symbol>();

async function behaving(
  { stage, forMs, random }: FaultContext,
  word: string,
  behaviour: ReceiverBehaviour,
): Promise<FaultDone> {
  const { queuesOf } = stage.subscribers;
  const count = random.whole(PATHS.least, PATHS.most);
  const paths = random.shuffled([...queuesOf.keys()]).slice(0, count);
  const mark = Symbol(word);
  for (const path of paths) {
    setBy.set(path, mark);
    stage.receiver.script(path, behaviour);
  }
  await delay(forMs);
  for (const path of paths) {
    if (setBy.get(path) === mark) stage.receiver.script(path, { kind: 'answer' });
  }
  const queues = paths.flatMap((path) => queuesOf.get(path) ?? []);
  return { detail: `${paths.length} receivers ${word}`, queues };
}

export const receiversFail: FaultAction = (context) =>
  behaving(context, 'answered 503', { kind: 'answer', status: 503 });

export const receiversSlow: FaultAction = (context) => {
  const ms = context.random.whole(50, 1_000);
  return behaving(context, `took ${ms} ms`, { kind: 'delay', ms });
};

export const receiversLate: FaultAction = (context) =>
  behaving(context, 'answered after the deadline', { kind: 'delay', ms: AFTER_THE_DEADLINE_MS });

export const receiversCut: FaultAction = (context) =>
  behaving(context, 'cut their 200 off', { kind: 'reset-mid-body' });

export const receiversClose: FaultAction = (context) =>
  behaving(context, 'closed connections that were kept alive', { kind: 'close-on-reuse' });
