import type { WebhookType } from '@app/events';
import { allHealthy, ascending, taken, untilListed } from './outage.js';
import { verdict, type Step } from './step.js';

const TYPE: WebhookType = 'order/updated';

/** The one that is refused, and those behind it. */
const BEHIND = 4;

const LIMIT_MS = 20_000;

export const skipping: Step<'waits' | 'skipped' | 'undone'> = {
  title: 'Atlas cannot take one message (422), and an operator decides',
  expectations: {
    waits: `The ${BEHIND} messages behind it wait: nothing is skipped by itself`,
    skipped: '`queue skip` parks it, and those behind it arrive in order',
    undone: '`queue unskip` puts it at the back, and it arrives under its first messageId',
  },
  async run(stage) {
    const { receiver, publisher, operator, registration, signal, patience } = stage;
    const { path, organizationId, integrationId, name } = registration.wide;
    const before = receiver.taken(path).length;
    receiver.refuseNext(path);
    await publisher.publish(organizationId, Array<WebhookType>(BEHIND + 1).fill(TYPE));
    await patience.until(() => (receiver.refused(path).length > 0 ? true : undefined), {
      what: `${name} to refuse a message`,
      limitMs: LIMIT_MS,
      seen: () => 'none refused',
    });
    const { wide } = await untilListed(stage, (queues) => queues.wide.depth === BEHIND + 1);
    const arrived = receiver.taken(path).length - before;
    const messageId = receiver.refused(path)[0]?.envelope?.messageId ?? '';
    receiver.excuseRefused(path);
    await operator.skip(integrationId, messageId, signal);
    await taken(stage, path, before + BEHIND);
    const behind = receiver.taken(path).slice(before);
    receiver.refuseNothing(path);
    await operator.unskip(integrationId, messageId, signal);
    await taken(stage, path, before + BEHIND + 1);
    const last = receiver.taken(path).at(-1)?.envelope?.messageId;
    await untilListed(stage, allHealthy);
    return {
      waits: verdict(wide.status === 'BLOCKED' && arrived === 0, `${arrived} of them arrived`),
      skipped: ascending(behind.map(({ envelope }) => envelope?.number?.number)),
      undone: verdict(last === messageId, `the last one was ${last}`),
    };
  },
};
