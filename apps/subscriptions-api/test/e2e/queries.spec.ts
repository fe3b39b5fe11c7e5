import { CATALOGUE } from '@app/events';
import { Deployment, type ApiClient, type SeededIntegration } from '@app/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let deployment: Deployment;
let api: ApiClient;

beforeAll(async () => {
  deployment = await Deployment.create();
  api = await deployment.startApi();
});
afterAll(() => deployment?.dispose());

const ENDPOINT = 'https://your-app.example/webhooks';

const WEBHOOKS = '{ webhooks { id type health endPoint headerNames } }';
const INTEGRATION =
  'query($id: String!) { integration(id: $id) { id name type webhooks { id type health endPoint } } }';

const integration = (): Promise<SeededIntegration> => deployment.integration({ name: 'shop' });

describe('what can be asked', () => {
  it('is an integration with its webhooks', async () => {
    const { token, integrationId } = await integration();
    const { id } = await api.create(token, { endPoint: ENDPOINT, type: 'order/created' });
    expect((await api.query(token, INTEGRATION, { id: integrationId })).data).toEqual({
      integration: {
        id: integrationId,
        name: 'shop',
        type: 'PRIVATE',
        webhooks: [{ id, type: 'order/created', health: 'HEALTHY', endPoint: ENDPOINT }],
      },
    });
  });

  it('is every event type, and whether it is sent', async () => {
    const { token } = await integration();
    const { data } = await api.query(
      token,
      '{ webhookTypes { type topic description dispatched } }',
    );
    const types = data?.['webhookTypes'] as { type: string; dispatched: boolean }[];
    expect(types).toHaveLength(57);
    expect(types.map(({ type }) => type)).toEqual(CATALOGUE.map(({ type }) => type));
    expect(types.filter(({ dispatched }) => !dispatched).map(({ type }) => type)).toEqual([
      'delivery_order/updated',
    ]);
  });

  it('is the health, which is that of the queue', async () => {
    const { token, integrationId } = await integration();
    await api.create(token, { endPoint: ENDPOINT });
    const block = `UPDATE integration_queue SET status = 'BLOCKED', blocked_at = clock_timestamp() WHERE queue_id = $1`;
    await deployment.database.query(block, [integrationId]);
    expect((await api.query(token, WEBHOOKS)).data).toMatchObject({
      webhooks: [{ health: 'FAILING' }],
    });
  });
});

describe('a supergraph', () => {
  const ENTITIES = `query($of: [_Any!]!) { _entities(representations: $of) {
    __typename ... on Integration { id name webhooks { id } } ... on IntegrationWebhook { id endPoint }
  } }`;

  it('reads the schema that is committed', async () => {
    const { token } = await integration();
    const { data } = await api.query(token, '{ _service { sdl } }');
    expect(data).toMatchObject({
      _service: { sdl: expect.stringContaining('type IntegrationWebhook @key(fields: "id")') },
    });
  });

  it('finds entities by their keys, and null for what the bearer may not see', async () => {
    const { token, integrationId } = await integration();
    const stranger = await integration();
    const { id } = await api.create(token, { endPoint: ENDPOINT });
    const theirs = await api.create(stranger.token, { endPoint: ENDPOINT });
    const of = [
      { __typename: 'Integration', id: integrationId },
      { __typename: 'IntegrationWebhook', id },
      { __typename: 'IntegrationWebhook', id: theirs.id },
      { __typename: 'Integration', id: stranger.integrationId },
      { __typename: 'Shop', id },
      { __typename: 'Integration' },
    ];
    const { data, errors } = await api.query(token, ENTITIES, { of });
    expect(errors).toEqual([]);
    expect(data).toEqual({
      _entities: [
        { __typename: 'Integration', id: integrationId, name: 'shop', webhooks: [{ id }] },
        { __typename: 'IntegrationWebhook', id, endPoint: ENDPOINT },
        null,
        null,
        null,
        null,
      ],
    });
    const many = Array.from({ length: 101 }, () => of[0]);
    const bare = 'query($of: [_Any!]!) { _entities(representations: $of) { __typename } }';
    const { errors: refused } = await api.query(token, bare, { of: many });
    expect(refused[0]?.message).toContain('representations: 100 at most');
  });

  it('finds nothing by a key that is no text, which was answered as a failure of ours', async () => {
    const { token, integrationId } = await integration();
    const of = [
      { __typename: 'Integration', id: integrationId },
      { __typename: 'Integration', id: [integrationId] },
      { __typename: 'Integration', id: { toString: 1 } },
      { __typename: { toString: 1 }, id: integrationId },
    ];
    const bare = 'query($of: [_Any!]!) { _entities(representations: $of) { __typename } }';
    const { data, errors } = await api.query(token, bare, { of });
    expect(errors).toEqual([]);
    expect(data).toEqual({ _entities: [{ __typename: 'Integration' }, null, null, null] });
  });

  it('sees no entities without the permission', async () => {
    const { token, integrationId } = await deployment.integration({
      scopes: ['edit_integrations'],
    });
    const of = [{ __typename: 'Integration', id: integrationId }];
    const { data, errors } = await api.query(token, ENTITIES, { of });
    expect(data).toBeNull();
    expect(errors[0]?.message).toBe('Insufficient scope: view_integrations required');
  });

  it('is told what it asks for too much of, counted by its keys', async () => {
    const { token, integrationId } = await integration();
    const key = { __typename: 'Integration', id: integrationId };
    const keys = (count: number) => ({ of: Array.from({ length: count }, () => key) });
    expect((await api.query(token, ENTITIES, keys(8))).errors).toEqual([]);
    const many = await api.query(token, ENTITIES, keys(9));
    expect(many).toMatchObject({ status: 400, data: null });
    expect(many.errors[0]?.message).toMatch(/^The operation exceeds the limit of complexity: 1000/);
  });
});
