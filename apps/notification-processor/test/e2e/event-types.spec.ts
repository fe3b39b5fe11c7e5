import { CATALOGUE, documentationOf, WEBHOOK_TYPES, type CatalogueRow } from '@app/events';
import {
  readEnvelope,
  startDeployment,
  TestReceiver,
  verifySignature,
  type Deployment,
  type ReceivedRequest,
  type SeededIntegration,
} from '@app/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const ISO_8601_MS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** Stands in every sample that names its organization. */
const { organizationId } = documentationOf('order/created').sample as { organizationId: string };

const SWITCHED = CATALOGUE.filter((row) => row.dispatched === 'when_enabled');
const DISPATCHED = CATALOGUE.filter((row) => row.dispatched === 'always');

/** One subscriber of every type, and what it received. */
class Subscriber {
  private constructor(
    readonly deployment: Deployment,
    readonly receiver: TestReceiver,
    readonly integration: SeededIntegration,
    readonly webhookId: string,
  ) {}

  static async start(env: Record<string, string> = {}): Promise<Subscriber> {
    const deployment = await startDeployment({ env });
    const receiver = await TestReceiver.start();
    const integration = await deployment.integration({ organizationId });
    const { integrationId } = integration;
    const webhookId = await deployment.webhook({ integrationId, endPoint: receiver.url('/all') });
    return new Subscriber(deployment, receiver, integration, webhookId);
  }

  /** Publishes the documented sample of a type. */
  async publish(row: CatalogueRow): Promise<Buffer> {
    const value = Buffer.from(JSON.stringify(documentationOf(row.type).sample, null, 2));
    // The samples about fulfillment services name no organization: there the producer does.
    const inHeader = row.organizationPath.by === 'location' && { headers: { organizationId } };
    await this.deployment.publish({ topic: row.topic, value, ...inHeader });
    return value;
  }

  async received(type: string): Promise<ReceivedRequest> {
    const isMeant = (request: ReceivedRequest): boolean =>
      readEnvelope(request.body).header['type'] === type;
    await this.receiver.waitFor(({ requests }) => requests.some(isMeant), { timeoutMs: 10_000 });
    return this.receiver.requests.find(isMeant) as ReceivedRequest;
  }

  async close(): Promise<void> {
    await this.deployment.dispose();
    await this.receiver.close();
  }
}

/** The whole contract of a delivery, looked at from outside. */
async function expectDelivery(to: Subscriber, row: CatalogueRow): Promise<void> {
  const value = await to.publish(row);
  const { method, headers, body } = await to.received(row.type);
  const envelope = readEnvelope(body);

  expect(method).toBe('POST');
  expect(envelope.body.equals(value)).toBe(true);
  expect(envelope.headerKeys).toEqual(['organizationId', 'messageId', 'webhookId', 'type', 'date']);
  const { messageId, date } = envelope.header;
  expect(envelope.header).toEqual({
    organizationId,
    messageId: expect.stringMatching(UUID) as string,
    webhookId: to.webhookId,
    type: row.type,
    date: expect.stringMatching(ISO_8601_MS) as string,
  });
  const stored = await to.deployment.database.one<{ enqueued_at: Date }>(
    'SELECT enqueued_at FROM integration_queue_message WHERE message_id = $1',
    [messageId],
  );
  expect(date).toBe(stored.enqueued_at.toISOString());

  expect(headers['content-type']).toBe('application/json');
  const signature = headers['x-happycolis-webhook-signature'];
  const { clientSecret } = to.integration;
  expect(verifySignature({ body, signature, clientSecret })).toBe(true);
}

let subscriber: Subscriber;
let switchedOn: Subscriber;

beforeAll(async () => {
  [subscriber, switchedOn] = await Promise.all([
    Subscriber.start(),
    Subscriber.start({ DISPATCH_DELIVERY_ORDER_UPDATED: 'true' }),
  ]);
});

afterAll(async () => {
  await Promise.all([subscriber.close(), switchedOn.close()]);
});

describe('a Kafka record of every documented type', () => {
  it('is one of 57, of which 56 are dispatched without being switched on', () => {
    expect(WEBHOOK_TYPES).toHaveLength(57);
    expect(DISPATCHED).toHaveLength(56);
    expect(SWITCHED.map((row) => row.type)).toEqual(['delivery_order/updated']);
  });

  it.each(DISPATCHED.map((row) => [row.type, row.topic, row] as const))(
    'becomes a signed POST: %s from the topic %s',
    async (_type, _topic, row) => {
      await expectDelivery(subscriber, row);
    },
  );

  it('gets an id of its own and is delivered once', () => {
    const ids = subscriber.receiver.requests.map(
      ({ body }) => readEnvelope(body).header['messageId'],
    );
    expect(ids).toHaveLength(56);
    expect(new Set(ids).size).toBe(56);
  });
});

describe('delivery_order/updated', () => {
  it('becomes a signed POST where it is switched on', async () => {
    for (const row of SWITCHED) await expectDelivery(switchedOn, row);
  });

  it('is not dispatched where it is off, although every type is subscribed to', async () => {
    const { deployment, receiver } = subscriber;
    for (const row of SWITCHED) await subscriber.publish(row);
    const later = { topic: 'vendor.updated', value: JSON.stringify({ organizationId, later: 1 }) };
    const before = receiver.requests.length;
    await deployment.publish(later);

    await receiver.waitForCount(before + 1);
    const arrived = receiver.requests.slice(before).map(({ body }) => readEnvelope(body));
    expect(arrived.map(({ header }) => header['type'])).toEqual(['vendor/updated']);
    // Nobody reads the topic: what comes later cannot be it.
    expect((await deployment.committed('vendor.updated')).size).toBe(1);
    expect([...(await deployment.committed('delivery-order.updated')).values()]).toEqual([null]);
  });
});
