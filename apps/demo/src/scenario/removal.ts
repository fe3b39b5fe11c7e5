import type { WebhookType } from '@app/events';
import type { Receipt } from '../demo-receiver.js';
import { newWebhook } from '../registration.js';
import { taken } from './outage.js';
import { verdict, type Stage, type Step } from './step.js';

const REMOVED: WebhookType = 'order/updated';
const KEPT: WebhookType = 'order/created';

/** Enough to see that one of them is not left over by chance. */
const RECORDS = 3;

/**
 * To prove that nothing arrives, something later has to: the neighbour in the same organization gets
 * the same records, which are queued for all subscribers at once. After that one more record goes
 * into the queue of the one that removed its webhook; what comes first there would be what was to be
 * gone.
 */
export const removal: Step<'created' | 'removed'> = {
  title: 'Boreal removes a webhook, its neighbour creates one for the same events',
  expectations: {
    created: `A webhook gets what is produced after it was created: all ${RECORDS}`,
    removed: 'After a webhook was removed nothing comes for it any more, though others get it',
  },
  async run(stage) {
    const { api, receiver, receiverUrl, registration, publisher } = stage;
    const { narrow, neighbour } = registration;
    const webhook = narrow.webhooks.find(({ type }) => type === REMOVED);
    if (!webhook) throw new Error(`${narrow.name} has no webhook for ${REMOVED}`);
    const before = receiver.taken(narrow.path).length;
    receiver.open(neighbour);
    await api.create(neighbour, newWebhook(neighbour, receiverUrl, REMOVED));
    await api.remove(narrow, webhook);
    await publisher.publish(narrow.organizationId, Array<WebhookType>(RECORDS).fill(REMOVED));
    await taken(stage, neighbour.path, RECORDS);
    await publisher.publish(narrow.organizationId, [KEPT]);
    await taken(stage, narrow.path, before + 1);
    const since = receiver.taken(narrow.path).slice(before);
    return {
      created: verdict(onlyOf(stage, REMOVED), 'it got something else'),
      removed: verdict(typesOf(since) === KEPT, `it got ${typesOf(since)}`),
    };
  },
};

function onlyOf({ receiver, registration }: Stage, type: WebhookType): boolean {
  const receipts = receiver.taken(registration.neighbour.path);
  return receipts.length === RECORDS && receipts.every(({ envelope }) => envelope?.type === type);
}

function typesOf(receipts: readonly Receipt[]): string {
  return receipts.map(({ envelope }) => envelope?.type).join(', ');
}
