import { WEBHOOK_TYPES, type WebhookType } from '@app/events';
import type { Receipt } from '../demo-receiver.js';
import type { SampleRecord } from '../sample-record.js';
import { verdict, type Stage, type Step } from './step.js';

const LIMIT_MS = 30_000;

const BY_DIRECTORY: readonly WebhookType[] = [
  'location/fulfillment_service_integration/created',
  'location/fulfillment_service_integration/accepted',
];
const BY_HEADER: readonly WebhookType[] = [
  'location/fulfillment_service_integration/errored',
  'location/fulfillment_service_integration/rejected',
];
const TEACHES_LOCATION: WebhookType = 'location/created';
const NOT_SUBSCRIBED: WebhookType = 'order/cancelled';

export const everyType: Step<'all' | 'bytes' | 'location' | 'narrow'> = {
  title: 'One record of each of the 57 event types',
  expectations: {
    all: 'All 57 event types arrive, each exactly once',
    bytes: 'Every body arrives byte for byte as it was produced',
    location: 'Events that name only a location find their organization: by directory, by header',
    narrow: 'The other integration gets exactly the types that it subscribed to',
  },
  async run(stage) {
    const { receiver, registration } = stage;
    const produced = await publish(stage);
    stage.killService?.();
    const taken = await deliveries(stage, WEBHOOK_TYPES.length);
    const types = new Set(taken.map((receipt) => receipt.envelope?.type));
    const missing = [...BY_DIRECTORY, ...BY_HEADER].filter((type) => !types.has(type));
    const narrow = receiver.taken(registration.narrow.path).map(({ envelope }) => envelope?.type);
    return {
      all: verdict(
        types.size === WEBHOOK_TYPES.length && taken.length === WEBHOOK_TYPES.length,
        `${types.size} types in ${taken.length} deliveries`,
      ),
      bytes: sameBytes(produced, taken),
      location: verdict(missing.length === 0, `missing: ${missing.join(', ')}`),
      narrow: verdict(narrow.join() === 'order/created', `it got ${narrow.join(', ')}`),
    };
  },
};

/**
 * The event that teaches the service a location comes first and is waited for: across topics there
 * is no order that would make sure of it.
 */
async function publish(stage: Stage): Promise<SampleRecord[]> {
  const { publisher, registration, output } = stage;
  const { wide, narrow } = registration;
  const others = WEBHOOK_TYPES.filter(
    (type) => type !== TEACHES_LOCATION && ![...BY_DIRECTORY, ...BY_HEADER].includes(type),
  );
  const first = await publisher.publish(wide.organizationId, [TEACHES_LOCATION]);
  await deliveries(stage, 1);
  const produced = await Promise.all([
    publisher.publish(wide.organizationId, others),
    publisher.publish(wide.organizationId, BY_DIRECTORY, 'directory'),
    publisher.publish(wide.organizationId, BY_HEADER, 'header'),
    publisher.publish(narrow.organizationId, [NOT_SUBSCRIBED, 'order/created']),
  ]);
  output.note(`${[...first, ...produced.flat()].length} records produced to Kafka`);
  return [...first, ...produced.flat()];
}

async function deliveries(stage: Stage, count: number): Promise<Receipt[]> {
  const { receiver, registration, patience } = stage;
  const taken = (): Receipt[] => receiver.taken(registration.wide.path);
  const narrowNeeds = count === 1 ? 0 : 1;
  const all = (): true | undefined =>
    taken().length >= count && receiver.taken(registration.narrow.path).length >= narrowNeeds
      ? true
      : undefined;
  const seen = (): string => `${taken().length} of ${count}`;
  await patience.until(all, { what: 'the deliveries', limitMs: LIMIT_MS, seen });
  return taken();
}

function sameBytes(produced: readonly SampleRecord[], taken: readonly Receipt[]): true | string {
  const values = new Map(produced.map(({ key, type, value }) => [`${key} ${type}`, value]));
  const changed = taken.filter(({ envelope }) => {
    const value = values.get(`${envelope?.organizationId} ${envelope?.type}`);
    return !value || !envelope?.record.equals(value);
  });
  return verdict(changed.length === 0, `${changed.map((one) => one.envelope?.type).join(', ')}`);
}
