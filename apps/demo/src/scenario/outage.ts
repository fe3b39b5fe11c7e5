import type { WebhookType } from '@app/events';
import { listQueues } from './queues.js';
import { verdict, type Stage, type Step, type Verdict } from './step.js';

const TYPE: WebhookType = 'order/updated';

/** Enough to see an order, few enough to read. */
export const BACKLOG = 8;
const LIMIT_MS = 20_000;

export const outage: Step<'blocked' | 'accepted' | 'isolated' | 'told'> = {
  title: 'The receiver of Atlas fails (503)',
  expectations: {
    blocked: 'The queue of the failing receiver is BLOCKED, and the error can be read',
    accepted: `A blocked queue goes on accepting: all ${BACKLOG} messages wait in it`,
    isolated: `The other integration receives all of its ${BACKLOG} meanwhile and stays HEALTHY`,
    told: 'Its developer learns from the API that the webhook is FAILING',
  },
  async run(stage) {
    const { receiver, publisher, registration } = stage;
    const { wide, narrow } = registration;
    const narrowBefore = receiver.taken(narrow.path).length;
    receiver.setFailing(wide.path, true);
    await publisher.publish(wide.organizationId, [TYPE]);
    await turnedDown(stage, 1);
    await publisher.publish(wide.organizationId, Array<WebhookType>(BACKLOG - 1).fill(TYPE));
    await publisher.publish(narrow.organizationId, Array<WebhookType>(BACKLOG).fill(TYPE));
    await taken(stage, narrow.path, narrowBefore + BACKLOG);
    const queues = await untilListed(stage, ({ wide: queue }) => queue.depth === BACKLOG);
    const { status, lastErrorMessage } = queues.wide;
    const readable = lastErrorMessage?.includes('503') === true;
    const health = (await stage.api.webhooks(wide)).map((webhook) => webhook.health).join();
    return {
      blocked: verdict(status === 'BLOCKED' && readable, `${status}: ${lastErrorMessage}`),
      accepted: verdict(queues.wide.depth === BACKLOG, `depth ${queues.wide.depth}`),
      isolated: verdict(queues.narrow.status === 'HEALTHY', queues.narrow.status),
      told: verdict(health === 'FAILING', health),
    };
  },
};

export const recovery: Step<'first' | 'order' | 'healthy'> = {
  title: 'The receiver of Atlas is back: the next probe finds it',
  expectations: {
    first: 'The refused message is delivered first, under the messageId of its first attempt',
    order: `The backlog of ${BACKLOG} arrives complete and in order, by itself`,
    healthy: 'Both queues are HEALTHY and empty again',
  },
  async run(stage) {
    const { receiver, registration } = stage;
    const { path } = registration.wide;
    const before = receiver.taken(path).length;
    const [refused] = receiver.turnedDown(path);
    receiver.setFailing(path, false);
    await taken(stage, path, before + BACKLOG);
    const backlog = receiver.taken(path).slice(before);
    const first = backlog[0]?.envelope?.messageId;
    const healthy = await untilListed(stage, allHealthy);
    return {
      first: verdict(first !== undefined && first === refused?.envelope?.messageId, `${first}`),
      order: ascending(backlog.map(({ envelope }) => envelope?.number?.number)),
      healthy: verdict(allHealthy(healthy), 'see above'),
    };
  },
};

export type Queues = Awaited<ReturnType<typeof listQueues>>;

export function allHealthy({ wide, narrow }: Queues): boolean {
  return [wide, narrow].every(({ status, depth }) => status === 'HEALTHY' && depth === 0);
}

/** The list is a moment behind the receiver: an outcome is recorded after the answer. */
export function untilListed(stage: Stage, met: (queues: Queues) => boolean): Promise<Queues> {
  let latest = 'nothing listed yet';
  const listed = async (): Promise<Queues | undefined> => {
    const queues = await listQueues(stage);
    latest = `Atlas ${queues.wide.status}, depth ${queues.wide.depth}`;
    return met(queues) ? queues : undefined;
  };
  return stage.patience.until(listed, {
    what: 'the queues',
    limitMs: LIMIT_MS,
    seen: () => latest,
  });
}

export function turnedDown(stage: Stage, count: number): Promise<true> {
  const { receiver, patience, registration } = stage;
  const { name, path } = registration.wide;
  const seen = (): number => receiver.turnedDown(path).length;
  return patience.until(() => (seen() >= count ? true : undefined), {
    what: `${name} to turn down a request`,
    limitMs: LIMIT_MS,
    seen: () => `${seen()} of ${count}`,
  });
}

export function taken(stage: Stage, path: string, count: number): Promise<true> {
  const seen = (): number => stage.receiver.taken(path).length;
  return stage.patience.until(() => (seen() >= count ? true : undefined), {
    what: `the deliveries to ${path}`,
    limitMs: LIMIT_MS,
    seen: () => `${seen()} of ${count}`,
  });
}

/** Numbers that follow each other without a gap. */
export function ascending(numbers: readonly (number | undefined)[]): Verdict {
  const [first = 0] = numbers;
  const inOrder = numbers.every((number, index) => number === first + index);
  return verdict(inOrder && numbers.length > 0, `they came as ${numbers.join(', ')}`);
}
