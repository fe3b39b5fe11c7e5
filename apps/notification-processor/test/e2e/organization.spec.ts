import { randomUUID } from 'node:crypto';
import {
  receivedEvents,
  startDeployment,
  TestReceiver,
  waitFor,
  type Deployment,
  type PublishedRecord,
} from '@app/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const FSI_CREATED = 'location.fulfillment-service-integration.created';
const FSI_ACCEPTED = 'location.fulfillment-service-integration.accepted';

let deployment: Deployment;
let receiver: TestReceiver;

beforeAll(async () => {
  [deployment, receiver] = await Promise.all([startDeployment(), TestReceiver.start()]);
});

afterAll(async () => {
  await deployment.dispose();
  await receiver.close();
});

/** A new organization that subscribes to everything; what it receives arrives at its own path. */
async function organization() {
  const { organizationId, integrationId } = await deployment.integration();
  const path = `/${organizationId}`;
  await deployment.webhook({ integrationId, endPoint: receiver.url(path) });
  return {
    organizationId,
    received: async (count: number) => {
      await receiver.waitForCount(count, { path, timeoutMs: 10_000 });
      return receivedEvents(receiver, path);
    },
    bodies: async (count: number) => {
      await receiver.waitForCount(count, { path, timeoutMs: 10_000 });
      return receivedEvents(receiver, path).map(({ body }) => JSON.parse(String(body)) as unknown);
    },
  };
}

const record = (
  topic: string,
  body: object,
  headers?: Record<string, string>,
): PublishedRecord => ({
  topic,
  value: JSON.stringify(body),
  ...(headers && { headers }),
});

/** Resolves with the reason once the record whose value contains the text is a dead letter. */
function deadLetterReason(text: string): Promise<string> {
  return waitFor(async () => {
    const [row] = await deployment.database.query<{ reason: string }>(
      `SELECT reason FROM ingest_dead_letter WHERE position($1::bytea IN value) > 0`,
      [Buffer.from(text)],
    );
    return row?.reason;
  });
}

describe('the organization of an event', () => {
  it('stands at the top of the body', async () => {
    const { organizationId, received } = await organization();
    await deployment.publish(record('order.created', { organizationId }));
    expect(await received(1)).toMatchObject([{ organizationId, type: 'order/created' }]);
  });

  it.each([
    ['stockReference', 'stock-reference.movement-created'],
    ['stockReference', 'stock-reference.movement-updated'],
    ['stockReference', 'stock-reference.fulfillment-event'],
    ['product', 'product.image.created'],
    ['variant', 'variant.image-created'],
    ['variant', 'variant.tag-removed'],
  ])('stands in %s for %s, and nothing above it counts', async (parent, topic) => {
    const mine = await organization();
    const other = await organization();
    const { organizationId } = mine;
    const body = { organizationId: other.organizationId, [parent]: { organizationId } };

    await deployment.publish(record(topic, body));

    expect(await mine.bodies(1)).toEqual([body]);
    const last = { organizationId: other.organizationId, last: true };
    await deployment.publish(record('order.created', last));
    expect(await other.bodies(1)).toEqual([last]);
  });

  it('is not guessed where the nested object does not name it', async () => {
    const { organizationId, bodies } = await organization();
    const id = randomUUID();
    await deployment.publish(record('product.image.created', { id, organizationId, product: {} }));

    expect(await deadLetterReason(id)).toBe('organization_missing');
    await deployment.publish(record('order.created', { organizationId }));
    expect(await bodies(1)).toEqual([{ organizationId }]);
  });

  it('may be any string, not only a UUID', async () => {
    const organizationId = `r9s0t1u2-"é'\\${randomUUID().slice(0, 8)}`;
    const { integrationId } = await deployment.integration({ organizationId });
    await deployment.webhook({ integrationId, endPoint: receiver.url('/odd') });
    await deployment.publish(record('order.created', { organizationId }));
    await receiver.waitForCount(1, { path: '/odd' });
    expect(receivedEvents(receiver, '/odd')).toMatchObject([{ organizationId }]);
  });
});

describe('the organization of a fulfillment service integration', () => {
  it('is taken from the body first, then from the record header, then from the directory', async () => {
    const [inBody, inHeader, inDirectory] = await Promise.all([
      organization(),
      organization(),
      organization(),
    ]);
    const locationId = randomUUID();
    const header = { organizationId: inHeader.organizationId };
    const { organizationId } = inDirectory;
    await deployment.publish(record('location.created', { id: locationId, organizationId }));
    await inDirectory.bodies(1);

    const stated = { organizationId: inBody.organizationId };
    await deployment.publish(
      record(FSI_CREATED, { n: 1, locationId }),
      record(FSI_CREATED, { n: 2, locationId }, header),
      record(FSI_CREATED, { n: 3, ...stated }, header),
    );

    expect((await inDirectory.bodies(2))[1]).toEqual({ n: 1, locationId });
    expect(await inHeader.bodies(1)).toEqual([{ n: 2, locationId }]);
    expect(await inBody.bodies(1)).toEqual([{ n: 3, ...stated }]);
  });

  it('is found by what a record of the same batch says about the location', async () => {
    const { organizationId, bodies } = await organization();
    const locationId = randomUUID();
    const batch = [
      { n: 1, locationId },
      { n: 2, locationId, organizationId },
      { n: 3, locationId },
    ];
    // One produce request to one partition is one batch for the consumer.
    await deployment.publish(...batch.map((body) => record(FSI_ACCEPTED, body)));

    expect(await bodies(3)).toEqual(batch);
    const [service] = deployment.replicas;
    const line = await service?.log.waitFor(
      ({ event, records, messages }) =>
        event === 'batch.enqueued' && records === 3 && messages === 3,
    );
    expect(line).toMatchObject({ deadLetters: {} });
  });

  it('follows the location when that goes to another organization', async () => {
    const [first, second] = await Promise.all([organization(), organization()]);
    const locationId = randomUUID();
    for (const { organizationId, bodies } of [first, second]) {
      await deployment.publish(record('location.updated', { id: locationId, organizationId }));
      await bodies(1);
      await deployment.publish(record(FSI_CREATED, { locationId }));
      expect((await bodies(2))[1]).toEqual({ locationId });
    }
  });

  it('makes a dead letter while nobody knows the location, and needs no restart afterwards', async () => {
    const { organizationId, bodies } = await organization();
    const locationId = randomUUID();
    await deployment.publish(record(FSI_CREATED, { n: 1, locationId }));
    expect(await deadLetterReason(locationId)).toBe('organization_unresolved');

    await deployment.publish(record('location.activated', { id: locationId, organizationId }));
    await bodies(1);
    await deployment.publish(record(FSI_CREATED, { n: 2, locationId }));

    expect((await bodies(2))[1]).toEqual({ n: 2, locationId });
    const [service] = deployment.replicas;
    expect(service?.log.of('service.started')).toHaveLength(1);
  });

  it('makes a dead letter where nothing names a location either', async () => {
    const id = randomUUID();
    await deployment.publish(record(FSI_CREATED, { id }));
    expect(await deadLetterReason(id)).toBe('organization_unresolved');
  });
});
