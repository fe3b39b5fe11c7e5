import { randomUUID } from 'node:crypto';
import { Deployment, type ApiClient, type SeededIntegration } from '@app/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let deployment: Deployment;
let api: ApiClient;

beforeAll(async () => {
  deployment = await Deployment.create();
  api = await deployment.startApi({ DELIVERY_ALLOWED_NETWORKS: '', DELIVERY_ALLOW_HTTP: 'false' });
});
afterAll(() => deployment?.dispose());

const ENDPOINT = 'https://your-app.example/webhooks';

const CREATE = `mutation($input: IntegrationWebhookInput!) {
  integrationWebhookCreate(input: $input) { id type health endPoint headerNames createdAt }
}`;
const UPDATE = `mutation($id: String!, $input: IntegrationWebhookUpdateInput!) {
  integrationWebhookUpdate(id: $id, input: $input) { id type health endPoint headerNames }
}`;
const REMOVE = 'mutation($id: String!) { integrationWebhookRemove(id: $id) { id type endPoint } }';
const OAUTH_REMOVE = 'mutation($id: String!) { oauthWebhookRemove(id: $id) { id type endPoint } }';
const OAUTH_UPDATE = UPDATE.replace('integrationWebhookUpdate', 'oauthWebhookUpdate');
const WEBHOOKS = '{ webhooks { id type health endPoint headerNames } }';
const INTEGRATION =
  'query($id: String!) { integration(id: $id) { id name type webhooks { id type health endPoint } } }';

const integration = (): Promise<SeededIntegration> => deployment.integration({ name: 'shop' });

const refusal = { status: 200, data: null };
const error = (code: string, message: string, more: object = {}) => [
  expect.objectContaining({ message, extensions: expect.objectContaining({ code, ...more }) }),
];

describe('creating a webhook', () => {
  it('answers with what was created, and it is listed', async () => {
    const { token, integrationId, organizationId } = await integration();
    const input = { endPoint: ENDPOINT, type: 'order/created', headers: { 'X-Secret-Token': 's' } };
    const { data, errors } = await api.query(token, CREATE, { input });
    expect(errors).toEqual([]);
    const created = data?.['integrationWebhookCreate'];
    expect(created).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      type: 'order/created',
      health: 'HEALTHY',
      endPoint: ENDPOINT,
      headerNames: ['X-Secret-Token'],
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    });
    const { createdAt: _, ...listed } = created as { createdAt: string };
    expect((await api.query(token, WEBHOOKS)).data).toEqual({ webhooks: [listed] });
    const row = await deployment.database.one(
      'SELECT integration_id, integration_type, organization_id, headers FROM integration_webhook WHERE integration_id = $1',
      [integrationId],
    );
    expect(row).toEqual({
      integration_id: integrationId,
      integration_type: 'INTEGRATION',
      organization_id: organizationId,
      headers: { 'X-Secret-Token': 's' },
    });
  });

  it('without a type, or with null for it, is for every type', async () => {
    const { token } = await integration();
    const other = await integration();
    expect((await api.create(token, { endPoint: ENDPOINT })).type).toBeNull();
    expect(
      (await api.create(other.token, { endPoint: ENDPOINT, type: null, headers: null })).type,
    ).toBeNull();
  });

  it('ignores what is reserved', async () => {
    const { token, integrationId } = await integration();
    const stranger = await integration();
    const reserved = { id: randomUUID(), integrationId: stranger.integrationId };
    const created = await api.create(token, { endPoint: ENDPOINT, ...reserved });
    expect(created.id).not.toBe(reserved.id);
    const { data } = await api.query(token, INTEGRATION, { id: integrationId });
    expect(data?.['integration']).toMatchObject({ webhooks: [{ id: created.id }] });
    expect((await api.query(stranger.token, WEBHOOKS)).data).toEqual({ webhooks: [] });
  });

  it('a second time for the same type is a conflict that names type and webhook', async () => {
    const { token } = await integration();
    for (const type of ['order/created', null]) {
      const { id } = await api.create(token, { endPoint: ENDPOINT, type });
      const again = await api.query(token, CREATE, { input: { endPoint: `${ENDPOINT}/2`, type } });
      const message = `This integration already has a webhook for ${type ?? 'every type'}: ${id}`;
      expect(again).toMatchObject({ ...refusal, errors: error('CONFLICT', message) });
    }
  });

  it('fifty times at once succeeds once, and 49 are told which one', async () => {
    const { token, integrationId } = await integration();
    const input = { endPoint: ENDPOINT, type: 'shipment/created' };
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => api.query(token, CREATE, { input })),
    );
    const created = answers.flatMap(({ data }) => data?.['integrationWebhookCreate'] ?? []);
    expect(created).toHaveLength(1);
    const [{ id }] = created as [{ id: string }];
    const message = `This integration already has a webhook for shipment/created: ${id}`;
    const conflicts = answers.filter(({ errors }) => errors.length > 0);
    expect(conflicts).toHaveLength(49);
    for (const { errors } of conflicts) expect(errors).toEqual(error('CONFLICT', message));
    const { count } = await deployment.database.one<{ count: string }>(
      'SELECT count(*) FROM integration_webhook WHERE integration_id = $1',
      [integrationId],
    );
    expect(count).toBe('1');
  });

  it.each<[string, object, string, string]>([
    ['http', { endPoint: 'http://your-app.example/' }, 'endPoint', 'only https is allowed'],
    ['no URL', { endPoint: 'your-app' }, 'endPoint', 'is not a URL'],
    [
      'credentials',
      { endPoint: 'https://u:p@your-app.example/' },
      'endPoint',
      'carries credentials',
    ],
    ['a fragment', { endPoint: `${ENDPOINT}#a` }, 'endPoint', 'carries a fragment'],
    [
      '2,049 characters',
      { endPoint: `${ENDPOINT}/${'a'.repeat(2048 - ENDPOINT.length)}` },
      'endPoint',
      'is longer than 2048 characters',
    ],
    ['another port', { endPoint: 'https://your-app.example:8443/' }, 'endPoint', 'has port 8443'],
    ['a private address', { endPoint: 'https://10.0.0.1/' }, 'endPoint', 'not a public address'],
    [
      'cloud metadata, spelt as a number',
      { endPoint: 'https://2852039166/' },
      'endPoint',
      '169.254.169.254',
    ],
    [
      'an internal name',
      { endPoint: 'https://localhost/' },
      'endPoint',
      'the internal name localhost',
    ],
    [
      'an unknown type',
      { endPoint: ENDPOINT, type: 'order.created' },
      'type',
      'none of the 57 event types; did you mean order/created?',
    ],
    ['an empty type', { endPoint: ENDPOINT, type: '' }, 'type', 'none of the 57 event types'],
    [
      'a number in a header',
      { endPoint: ENDPOINT, headers: { 'X-N': 1 } },
      'headers',
      'header X-N: the value must be a string',
    ],
    [
      'a nested header',
      { endPoint: ENDPOINT, headers: { 'X-O': { a: 'b' } } },
      'headers',
      'header X-O: the value must be a string',
    ],
    [
      'a header named like a property',
      { endPoint: ENDPOINT, headers: { constructor: 1 } },
      'headers',
      'header constructor: the value must be a string',
    ],
    [
      'a line break in a header',
      { endPoint: ENDPOINT, headers: { 'X-L': 'a\r\nHost: x' } },
      'headers',
      'header X-L: the value must be',
    ],
    [
      'a reserved header',
      { endPoint: ENDPOINT, headers: { 'Content-Type': 'text/plain' } },
      'headers',
      'header Content-Type: the header is set by the service',
    ],
    [
      'the signature as a header',
      { endPoint: ENDPOINT, headers: { 'X-HappyColis-Webhook-Signature': 'x' } },
      'headers',
      'the header is set by the service',
    ],
  ])('with %s is refused, naming the field and the reason', async (_, input, field, reason) => {
    const { token } = await integration();
    const answer = await api.query(token, CREATE, { input });
    expect(answer).toMatchObject({
      ...refusal,
      errors: [{ extensions: { code: 'BAD_USER_INPUT' } }],
    });
    expect(answer.errors[0]?.message).toMatch(new RegExp(`^${field}: `));
    expect(answer.errors[0]?.message).toContain(reason);
    expect((await api.query(token, WEBHOOKS)).data).toEqual({ webhooks: [] });
  });

  it.each<[string, unknown, string]>([
    ['no endPoint', { type: 'order/created' }, 'endPoint'],
    ['an endPoint that is no text', { endPoint: 1 }, 'endPoint'],
    ['headers that are a list', { endPoint: ENDPOINT, headers: ['X-A'] }, 'headers'],
    ['headers that are text', { endPoint: ENDPOINT, headers: 'X-A: b' }, 'headers'],
    ['an unknown field', { endPoint: ENDPOINT, endpoint: ENDPOINT }, 'endpoint'],
    ['nothing', null, 'input'],
  ])('with %s is refused as input, with the status 200', async (_, input, field) => {
    const { token } = await integration();
    const answer = await api.query(token, CREATE, { input });
    expect(answer.status).toBe(200);
    expect(answer.errors[0]?.extensions['code']).toBe('BAD_USER_INPUT');
    expect(answer.errors[0]?.message).toContain(field);
  });
});

describe('removing a webhook', () => {
  it('answers with what was removed, once', async () => {
    const { token } = await integration();
    const { id, type, endPoint } = await api.create(token, {
      endPoint: ENDPOINT,
      type: 'order/created',
    });
    const { data } = await api.query(token, REMOVE, { id });
    expect(data).toEqual({ integrationWebhookRemove: { id, type, endPoint } });
    expect(await api.query(token, REMOVE, { id })).toMatchObject({
      ...refusal,
      errors: error('FORBIDDEN', "You can't remove this webhook: webhook not found"),
    });
    await api.create(token, { endPoint: ENDPOINT, type: 'order/created' });
  });

  it.each(['', 'x', '00000000-0000-4000-8000-000000000000', "' OR 1=1 --", '\0'])(
    'that does not exist ("%s") is answered as documented',
    async (id) => {
      const { token } = await integration();
      const answer = await api.query(token, REMOVE, { id });
      const message = "You can't remove this webhook: webhook not found";
      expect(answer).toMatchObject({ ...refusal, errors: error('FORBIDDEN', message) });
    },
  );

  it('of another integration or of the other kind is answered as documented, and leaves it', async () => {
    const owner = await integration();
    const sibling = await deployment.integration({ organizationId: owner.organizationId });
    const stranger = await integration();
    const { id } = await api.create(owner.token, { endPoint: ENDPOINT });
    const accessToken = await api.accessToken(owner);
    const oauth = await api.createByClient(accessToken, { endPoint: ENDPOINT });
    const answers = [
      await api.query(sibling.token, REMOVE, { id }),
      await api.query(stranger.token, REMOVE, { id }),
      await api.query(accessToken, OAUTH_REMOVE, { id }),
      await api.query(owner.token, REMOVE, { id: oauth.id }),
    ];
    const message = "You can't remove this webhook: integrationId or integrationType mismatch";
    for (const answer of answers) {
      expect(answer).toMatchObject({ ...refusal, errors: error('FORBIDDEN', message) });
    }
    expect((await api.query(owner.token, WEBHOOKS)).data).toMatchObject({ webhooks: [{ id }] });
    expect((await api.query(accessToken, WEBHOOKS)).data).toMatchObject({
      webhooks: [{ id: oauth.id }],
    });
  });
});

describe('changing a webhook', () => {
  it('replaces what is given and leaves the rest', async () => {
    const { token } = await integration();
    const created = await api.create(token, {
      endPoint: ENDPOINT,
      type: 'order/created',
      headers: { 'X-A': 'a' },
    });
    const change = (input: object) => api.query(token, UPDATE, { id: created.id, input });
    const moved = await change({ endPoint: `${ENDPOINT}/new` });
    expect(moved.data?.['integrationWebhookUpdate']).toEqual({
      id: created.id,
      type: 'order/created',
      health: 'HEALTHY',
      endPoint: `${ENDPOINT}/new`,
      headerNames: ['X-A'],
    });
    const relabelled = await change({ headers: { 'X-B': 'b' } });
    expect(relabelled.data?.['integrationWebhookUpdate']).toMatchObject({
      endPoint: `${ENDPOINT}/new`,
      headerNames: ['X-B'],
    });
    const bare = await change({ headers: {} });
    expect(bare.data?.['integrationWebhookUpdate']).toMatchObject({ headerNames: [] });
  });

  it('is refused like a creation, and for another owner like a removal', async () => {
    const owner = await integration();
    const stranger = await integration();
    const { id } = await api.create(owner.token, { endPoint: ENDPOINT });
    const codeOf = async (token: string, input: object, mutation = UPDATE) => {
      const { errors } = await api.query(token, mutation, { id, input });
      return `${String(errors[0]?.extensions['code'])}: ${errors[0]?.message}`;
    };
    expect(await codeOf(owner.token, { endPoint: 'http://a.example' })).toContain(
      'BAD_USER_INPUT: endPoint: ',
    );
    expect(await codeOf(owner.token, { endPoint: null })).toContain('BAD_USER_INPUT: endPoint: ');
    expect(await codeOf(owner.token, { headers: null })).toContain('BAD_USER_INPUT: headers: ');
    expect(await codeOf(owner.token, {})).toBe('BAD_USER_INPUT: input: nothing is to be changed');
    const mismatch =
      "FORBIDDEN: You can't update this webhook: integrationId or integrationType mismatch";
    expect(await codeOf(stranger.token, { endPoint: ENDPOINT })).toBe(mismatch);
    expect(await codeOf(await api.accessToken(owner), { endPoint: ENDPOINT }, OAUTH_UPDATE)).toBe(
      mismatch,
    );
  });

  it('works for OAuth clients, too', async () => {
    const token = await api.accessToken(await integration());
    const { id } = await api.createByClient(token, { endPoint: ENDPOINT });
    const input = { endPoint: `${ENDPOINT}/moved` };
    const { data } = await api.query(token, OAUTH_UPDATE, { id, input });
    expect(data?.['oauthWebhookUpdate']).toMatchObject({ id, ...input });
    expect((await api.query(token, OAUTH_REMOVE, { id })).data).toEqual({
      oauthWebhookRemove: { id, type: null, ...input },
    });
  });
});
