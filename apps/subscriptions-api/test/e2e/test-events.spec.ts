import { randomUUID } from 'node:crypto';
import { CATALOGUE, sampleBody } from '@app/events';
import {
  receivedEvents,
  startDeployment,
  TestReceiver,
  verifySignature,
  waitFor,
  type ApiAnswer,
  type ApiClient,
  type Deployment,
} from '@app/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let deployment: Deployment;
let receiver: TestReceiver;
let api: ApiClient;

beforeAll(async () => {
  [deployment, receiver] = await Promise.all([startDeployment(), TestReceiver.start()]);
  api = await deployment.startApi();
});
afterAll(async () => {
  await deployment?.dispose();
  await receiver?.close();
});

const MARK = 'x-happycolis-test';

const test = (token: string, webhookId: string, type?: string | null): Promise<ApiAnswer> =>
  api.query(
    token,
    `mutation($webhookId: ID!, $type: String) {
      testEvent(webhookId: $webhookId, type: $type) { messageId type date }
    }`,
    { webhookId, ...(type === undefined ? {} : { type }) },
  );

interface TestEvent {
  readonly messageId: string;
  readonly type: string;
  readonly date: string;
}

async function tested(token: string, webhookId: string, type?: string): Promise<TestEvent> {
  const { data, text } = await test(token, webhookId, type);
  if (!data) throw new Error(text);
  return data['testEvent'] as TestEvent;
}

const publish = (organizationId: string, n: number) =>
  deployment.publish({ topic: 'order.created', value: JSON.stringify({ organizationId, n }) });

const queuedOf = async (integrationId: string): Promise<number> => {
  const { depth } = await deployment.database.one<{ depth: number }>(
    'SELECT (tail_seq - head_seq + 1)::integer AS depth FROM integration_queue WHERE queue_id = $1',
    [integrationId],
  );
  return depth;
};

describe('a test event', () => {
  it('arrives as an event of its type would, signed, and marked; the next one is not', async () => {
    const { token, organizationId, clientSecret } = await deployment.integration();
    const { id } = await api.create(token, {
      endPoint: receiver.url('/sample'),
      type: 'order/created',
    });
    const { messageId, type, date } = await tested(token, id);
    await receiver.waitForCount(1, { path: '/sample' });
    await publish(organizationId, 1);
    await receiver.waitForCount(2, { path: '/sample' });
    const [sample, real] = receivedEvents(receiver, '/sample');
    if (!sample) throw new Error('nothing has arrived');
    expect(sample).toMatchObject({
      organizationId,
      messageId,
      webhookId: id,
      type: 'order/created',
      date,
    });
    expect(type).toBe('order/created');
    expect(String(sample.body)).toBe(JSON.stringify(sampleBody('order/created', organizationId)));
    const { headers, body } = sample.request;
    const signature = headers['x-happycolis-webhook-signature'];
    expect(verifySignature({ body, signature, clientSecret })).toBe(true);
    expect(headers[MARK]).toBe('true');
    expect(real?.request.headers).not.toHaveProperty(MARK);
  });

  it('is there for every type, for a client as well, each made out to the organization', async () => {
    const client = await deployment.integration();
    const accessToken = await api.accessToken(client);
    const { id } = await api.createByClient(accessToken, { endPoint: receiver.url('/every') });
    for (const { type } of CATALOGUE) await tested(accessToken, id, type);
    await receiver.waitForCount(CATALOGUE.length, { path: '/every', timeoutMs: 20_000 });
    const events = receivedEvents(receiver, '/every');
    expect(events.map(({ type }) => type)).toEqual(CATALOGUE.map(({ type }) => type));
    for (const { type, body, request, organizationId } of events) {
      expect(organizationId).toBe(client.organizationId);
      expect(request.headers[MARK]).toBe('true');
      const row = CATALOGUE.find((each) => each.type === type);
      if (row?.organizationPath.by === 'body') {
        expect(String(body), type).toContain(client.organizationId);
      }
    }
  });

  it('waits behind a message that fails, blocks when it fails itself, and is tried again', async () => {
    const { token, integrationId, organizationId } = await deployment.integration();
    const refusal = { kind: 'answer', status: 500 } as const;
    receiver.script('/behind', refusal);
    const { id } = await api.create(token, { endPoint: receiver.url('/behind') });
    await publish(organizationId, 1);
    await receiver.waitForCount(1, { path: '/behind' });
    const { messageId } = await tested(token, id, 'order/updated');
    await publish(organizationId, 2);
    await waitFor(async () => (await queuedOf(integrationId)) === 3);
    const failed = receiver.requestsTo('/behind').length;
    receiver.script('/behind', { kind: 'answer' }, refusal, { kind: 'answer' });
    await waitFor(async () => (await queuedOf(integrationId)) === 0);
    const events = receivedEvents(receiver, '/behind');
    const order = events.map((event) =>
      event.messageId === messageId ? 'test' : (JSON.parse(String(event.body)) as { n: number }).n,
    );
    expect(order.slice(0, failed)).toEqual(Array.from({ length: failed }, () => 1));
    expect(order.slice(-4)).toEqual([1, 'test', 'test', 2]);
    const marked = events.filter(({ request }) => request.headers[MARK] !== undefined);
    expect(marked.map((event) => event.messageId)).toEqual([messageId, messageId]);
    const query = `{ webhook(id: "${id}") { attempts(first: 5) { edges { node { outcome isTest } } } } }`;
    expect((await api.query(token, query)).data).toMatchObject({
      webhook: {
        attempts: {
          edges: [
            { node: { outcome: 'DELIVERED', isTest: false } },
            { node: { outcome: 'DELIVERED', isTest: true } },
            { node: { outcome: 'REJECTED', isTest: true } },
            { node: { outcome: 'DELIVERED', isTest: false } },
            { node: { outcome: 'REJECTED', isTest: false } },
          ],
        },
      },
    });
  });
});

describe('a test event is refused', () => {
  const refusal = ({ errors: [error] }: ApiAnswer) => [error?.extensions['code'], error?.message];
  const forbidden = (reason: string) => ['FORBIDDEN', `You can't test this webhook: ${reason}`];

  it("for a webhook that is not there, not any more, or somebody else's", async () => {
    const own = await deployment.integration();
    const other = await deployment.integration({ organizationId: own.organizationId });
    const { id } = await api.create(other.token, { endPoint: receiver.url('/never') });
    const notFound = forbidden('webhook not found');
    const mismatch = forbidden('integrationId or integrationType mismatch');
    const type = 'order/created';
    expect(refusal(await test(own.token, randomUUID(), type))).toEqual(notFound);
    expect(refusal(await test(own.token, 'no id', type))).toEqual(notFound);
    for (const token of [own.token, await api.accessToken(own), await api.accessToken(other)]) {
      expect(refusal(await test(token, id, type))).toEqual(mismatch);
    }
    await api.remove(other.token, id);
    expect(refusal(await test(other.token, id, type))).toEqual(notFound);
    for (const { integrationId } of [own, other]) expect(await queuedOf(integrationId)).toBe(0);
  });

  it('without the permission to change', async () => {
    const viewer = await deployment.integration({ scopes: ['view_integrations'] });
    const { integrationId } = viewer;
    const id = await deployment.webhook({ integrationId, endPoint: receiver.url('/never') });
    expect(refusal(await test(viewer.token, id, 'order/created'))).toEqual([
      'FORBIDDEN',
      'Insufficient scope: edit_integrations required',
    ]);
    expect(await queuedOf(integrationId)).toBe(0);
  });

  it('of no type, or of one that the webhook does not receive', async () => {
    const { token, integrationId } = await deployment.integration();
    const endPoint = receiver.url('/never');
    const typed = await api.create(token, { endPoint, type: 'order/created' });
    const wide = await api.create(token, { endPoint });
    const bad = (reason: string) => ['BAD_USER_INPUT', `type: ${reason}`];
    const needed = bad('It is needed, because the webhook receives every type');
    expect(refusal(await test(token, wide.id))).toEqual(needed);
    expect(refusal(await test(token, wide.id, null))).toEqual(needed);
    const only = bad('The webhook receives only order/created');
    expect(refusal(await test(token, typed.id, 'order/updated'))).toEqual(only);
    const unknown = bad('It is none of the 57 event types; did you mean order/created?');
    expect(refusal(await test(token, wide.id, 'order/creatd'))).toEqual(unknown);
    expect(await queuedOf(integrationId)).toBe(0);
  });
});
