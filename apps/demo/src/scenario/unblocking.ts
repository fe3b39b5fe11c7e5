import type { WebhookType } from '@app/events';
import type { ListedQueue } from '../operator-commands.js';
import { allHealthy, ascending, taken, turnedDown, untilListed } from './outage.js';
import { verdict, type Step } from './step.js';

const TYPE: WebhookType = 'order/updated';
const BACKLOG = 5;

/** Seconds, asked for by `Retry-After`: far enough off for a command on a busy machine. */
const RETRY_AFTER_S = 30;

export const unblocking: Step<'asked' | 'early' | 'order'> = {
  title: `It fails again and asks for ${RETRY_AFTER_S} s (Retry-After); an operator does not wait so long`,
  expectations: {
    asked: `The next probe is due when the receiver asked for it: in ${RETRY_AFTER_S} s or a little more`,
    early: '`queue unblock` delivers the head before that',
    order: `The ${BACKLOG} messages behind it follow complete and in order`,
  },
  async run(stage) {
    const { receiver, publisher, operator, registration, signal } = stage;
    const { path, organizationId, integrationId } = registration.wide;
    const before = receiver.taken(path).length;
    receiver.setFailing(path, true, RETRY_AFTER_S);
    const refusedBefore = receiver.turnedDown(path).length;
    await publisher.publish(organizationId, Array<WebhookType>(BACKLOG).fill(TYPE));
    await turnedDown(stage, refusedBefore + 1);
    const { wide } = await untilListed(
      stage,
      (queues) => queues.wide.depth === BACKLOG && queues.wide.attempts > 0,
    );
    const pauseMs = pauseOf(wide);
    const dueAt = (receiver.turnedDown(path).at(-1)?.receivedAt.getTime() ?? 0) + pauseMs;
    receiver.setFailing(path, false);
    await operator.unblock(integrationId, signal);
    await taken(stage, path, before + BACKLOG);
    const backlog = receiver.taken(path).slice(before);
    const sparedMs = dueAt - (backlog[0]?.receivedAt.getTime() ?? Infinity);
    stage.output.note(`the probe was due ${(sparedMs / 1_000).toFixed(1)} s later`);
    await untilListed(stage, allHealthy);
    const asked = pauseMs >= RETRY_AFTER_S * 1_000 && pauseMs < RETRY_AFTER_S * 1_200;
    return {
      asked: verdict(asked, `in ${pauseMs} ms`),
      early: verdict(sparedMs > 0, `${-sparedMs} ms after the probe was due`),
      order: ascending(backlog.map(({ envelope }) => envelope?.number?.number)),
    };
  },
};

/** By the database's clock alone, which may differ from ours. */
function pauseOf({ lastTriedAt, nextAttemptAt }: ListedQueue): number {
  if (lastTriedAt === null || nextAttemptAt === null) return 0;
  return Date.parse(nextAttemptAt) - Date.parse(lastTriedAt);
}
