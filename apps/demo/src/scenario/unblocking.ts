import type { WebhookType } from '@app/events';
import type { ListedQueue } from '../operator-commands.js';
import { allHealthy, ascending, taken, turnedDown, untilListed } from './outage.js';
import { listQueues } from './queues.js';
import { verdict, type Stage, type Step } from './step.js';

const TYPE: WebhookType = 'order/updated';
const BACKLOG = 5;

/** How often the next probe may come too soon to show that it was not the probe; each doubles the pause. */
const MOST_REFUSALS = 4;

/** Sweep interval, claim and request: what lies between the command's end and the delivery. */
const AFTER_COMMAND_MS = 1_000;

export const unblocking: Step<'early' | 'order'> = {
  title: 'It fails again, and an operator does not wait for the probe',
  expectations: {
    early: '`queue unblock` delivers the head before the next probe is due',
    order: `The ${BACKLOG} messages behind it follow complete and in order`,
  },
  async run(stage) {
    const { receiver, publisher, operator, registration, signal } = stage;
    const { path, organizationId, integrationId } = registration.wide;
    const before = receiver.taken(path).length;
    receiver.setFailing(path, true);
    const refusedBefore = receiver.turnedDown(path).length;
    await publisher.publish(organizationId, Array<WebhookType>(BACKLOG).fill(TYPE));
    const dueAt = await probeFarEnough(stage, refusedBefore);
    receiver.setFailing(path, false);
    await operator.unblock(integrationId, signal);
    await taken(stage, path, before + BACKLOG);
    const backlog = receiver.taken(path).slice(before);
    const sparedMs = dueAt - (backlog[0]?.receivedAt.getTime() ?? Infinity);
    stage.output.note(`the probe was due ${(sparedMs / 1_000).toFixed(1)} s later`);
    await untilListed(stage, allHealthy);
    return {
      early: verdict(sparedMs > 0, `${-sparedMs} ms after the probe was due`),
      order: ascending(backlog.map(({ envelope }) => envelope?.number?.number)),
    };
  },
};

/**
 * Waits for failed attempts until the pause before the next one is long enough for a command on
 * this machine, however busy it is. @returns when the next probe is due, by this machine's clock.
 */
async function probeFarEnough(stage: Stage, refusedBefore: number): Promise<number> {
  const { receiver, registration, operator, output } = stage;
  const { path } = registration.wide;
  for (let refusals = 2; refusals <= MOST_REFUSALS; refusals++) {
    await turnedDown(stage, refusedBefore + refusals);
    const { wide } = await listQueues(stage);
    const last = receiver.turnedDown(path).at(-1)?.receivedAt.getTime() ?? 0;
    const dueAt = last + pauseOf(wide);
    const needed = 2 * operator.latestMs + AFTER_COMMAND_MS;
    if (dueAt - Date.now() > needed) return dueAt;
    output.note('the next probe comes too soon to be told from the command; one more failure');
  }
  throw new Error('this machine is too slow for a command between two probes');
}

/** By the database's clock alone, which may differ from ours. */
function pauseOf({ lastTriedAt, nextAttemptAt }: ListedQueue): number {
  if (lastTriedAt === null || nextAttemptAt === null) return 0;
  return Date.parse(nextAttemptAt) - Date.parse(lastTriedAt);
}
