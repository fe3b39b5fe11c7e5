import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Deployment, type ApiAnswerError, type ApiClient } from '@app/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DocumentedClient } from './documentation/documented-client.js';
import { bash, shells } from './documentation/programs.js';

// The calls that the platform shows to its developers. They have to go on working in this very form.

const CREATE_AS_INTEGRATION = `curl -X POST $HOST/graphql \\
  -H "Authorization: Bearer $INTEGRATION_TOKEN" \\
  -H "Content-Type: application/json" \\
  -d '{
    "query": "mutation IntegrationWebhookCreate($input: IntegrationWebhookInput!) { integrationWebhookCreate(input: $input) { id type health endPoint } }",
    "variables": {
      "input": {
        "endPoint": "https://your-app.com/webhooks/happycolis",
        "type": "order/created"
      }
    }
  }'`;

const CREATE_AS_CLIENT = `curl -X POST $HOST/graphql \\
  -H "Authorization: Bearer $ACCESS_TOKEN" \\
  -H "Content-Type: application/json" \\
  -d '{
    "query": "mutation OauthWebhookCreate($input: IntegrationWebhookInput!) { oauthWebhookCreate(input: $input) { id type health endPoint } }",
    "variables": {
      "input": {
        "endPoint": "https://your-app.com/webhooks/happycolis",
        "type": "shipment/created"
      }
    }
  }'`;

const REMOVE_AS_INTEGRATION = `
  mutation IntegrationWebhookRemove($id: String!) {
    integrationWebhookRemove(id: $id) {
      id
      type
      endPoint
    }
  }
`;

const REMOVE_AS_CLIENT = `
  mutation OauthWebhookRemove($id: String!) {
    oauthWebhookRemove(id: $id) {
      id
      type
      endPoint
    }
  }
`;

const CREATE_WITH_HEADERS = `
  mutation IntegrationWebhookCreate($input: IntegrationWebhookInput!) {
    integrationWebhookCreate(input: $input) {
      id
      type
      health
      endPoint
    }
  }
`;

const CREATE_IN_NODE = `
export const createWebhook = async (accessToken, endPoint, type) => {
  const response = await fetch('https://webhooks.example.com/graphql', {
    method: 'POST',
    headers: { Authorization: \`Bearer \${accessToken}\`, 'Content-Type': 'application/json' },
    body: JSON.stringify({
      query: \`
        mutation OauthWebhookCreate($input: IntegrationWebhookInput!) {
          oauthWebhookCreate(input: $input) { id type health endPoint }
        }
      \`,
      variables: { input: { endPoint, type } },
    }),
  });

  const { data, errors } = await response.json();
  if (errors) throw new Error(errors[0].message);
  return data.oauthWebhookCreate;
};
`;

const END_POINT = 'https://your-app.com/webhooks/happycolis';
const NOT_FOUND = "You can't remove this webhook: webhook not found";
const MISMATCH = "You can't remove this webhook: integrationId or integrationType mismatch";

interface Answer {
  readonly data: Readonly<Record<string, { readonly id: string } | null>> | null;
  readonly errors?: readonly ApiAnswerError[];
}

interface Owner {
  readonly integrationToken: string;
  readonly accessToken: string;
}

let deployment: Deployment;
let api: ApiClient;
let directory: string;

beforeAll(async () => {
  deployment = await Deployment.create();
  api = await deployment.startApi({
    DELIVERY_ALLOW_HTTP: undefined,
    DELIVERY_ALLOWED_NETWORKS: undefined,
  });
});

afterAll(() => deployment.dispose());

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'platform-calls-'));
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

async function owner(): Promise<Owner> {
  const integration = await deployment.integration();
  return {
    integrationToken: integration.token,
    accessToken: await api.accessToken(integration),
  };
}

async function curl(script: string, { integrationToken, accessToken }: Owner): Promise<Answer> {
  const variables = {
    HOST: api.url,
    INTEGRATION_TOKEN: integrationToken,
    ACCESS_TOKEN: accessToken,
  };
  return JSON.parse(await bash(script, variables)) as Answer;
}

/** What was answered to a removal: status, data, and the errors without the id of the request. */
async function remove(token: string, mutation: string, id: string) {
  const { status, data, errors } = await api.query(token, mutation, { id });
  const told = errors.map(({ message, extensions }) => `${String(extensions['code'])}: ${message}`);
  return { status, data, errors: told };
}

describe.each(shells)("the platform's commands, run by %s", () => {
  it('create and remove a webhook of an Integration App', async () => {
    const own = await owner();

    const { data, errors } = await curl(CREATE_AS_INTEGRATION, own);

    expect(errors).toBeUndefined();
    const id = data?.['integrationWebhookCreate']?.id ?? '';
    const created = { id, type: 'order/created', endPoint: END_POINT };
    expect(data).toEqual({ integrationWebhookCreate: { ...created, health: 'HEALTHY' } });
    expect(await remove(own.integrationToken, REMOVE_AS_INTEGRATION, id)).toEqual({
      status: 200,
      data: { integrationWebhookRemove: created },
      errors: [],
    });
  });

  it('create and remove a webhook of an OAuth client', async () => {
    const own = await owner();

    const { data, errors } = await curl(CREATE_AS_CLIENT, own);

    expect(errors).toBeUndefined();
    const id = data?.['oauthWebhookCreate']?.id ?? '';
    const created = { id, type: 'shipment/created', endPoint: END_POINT };
    expect(data).toEqual({ oauthWebhookCreate: { ...created, health: 'HEALTHY' } });
    expect(await remove(own.accessToken, REMOVE_AS_CLIENT, id)).toEqual({
      status: 200,
      data: { oauthWebhookRemove: created },
      errors: [],
    });
  });

  it('are refused as a conflict the second time', async () => {
    const own = await owner();
    for (const command of [CREATE_AS_INTEGRATION, CREATE_AS_CLIENT]) {
      await curl(command, own);
      const { data, errors } = await curl(command, own);
      expect(data).toBeNull();
      expect(errors).toMatchObject([{ extensions: { code: 'CONFLICT' } }]);
    }
  });
});

describe("the platform's function for OAuth clients", () => {
  it('creates a webhook, and throws what is refused', async () => {
    const { accessToken } = await owner();
    const client = new DocumentedClient(directory, CREATE_IN_NODE, api.url);
    const create = () => client.call('createWebhook', accessToken, END_POINT, 'shipment/created');

    expect(await create()).toEqual({
      answer: {
        id: expect.any(String) as string,
        type: 'shipment/created',
        health: 'HEALTHY',
        endPoint: END_POINT,
      },
    });
    expect((await create()).error).toContain('already has a webhook for shipment/created');
  });
});

describe("the platform's mutation with custom headers", () => {
  it('creates a webhook that has them', async () => {
    const { integrationToken } = await owner();
    const input = {
      endPoint: END_POINT,
      type: 'order/created',
      headers: { 'X-Secret-Token': 'my-secret' },
    };

    const { data, errors } = await api.query(integrationToken, CREATE_WITH_HEADERS, { input });

    expect(errors).toEqual([]);
    const created = data?.['integrationWebhookCreate'] as { id: string } | undefined;
    const { headers } = await deployment.database.one<{ headers: object }>(
      'SELECT headers FROM integration_webhook WHERE id = $1',
      [created?.id],
    );
    expect(headers).toEqual(input.headers);
  });
});

describe('the documented errors of a removal', () => {
  const refused = (reason: string) => ({
    status: 200,
    data: null,
    errors: [`FORBIDDEN: ${reason}`],
  });

  it.each([
    ['an Integration App', REMOVE_AS_INTEGRATION, 'integrationToken'],
    ['an OAuth client', REMOVE_AS_CLIENT, 'accessToken'],
  ] as const)('by %s', async (_, mutation, kind) => {
    const [own, other] = [await owner(), await owner()];
    const input = { endPoint: END_POINT };
    const others = {
      integrationToken: await api.create(other.integrationToken, input),
      accessToken: await api.createByClient(other.accessToken, input),
    };
    const ownOfOtherKind =
      kind === 'accessToken'
        ? await api.create(own.integrationToken, input)
        : await api.createByClient(own.accessToken, input);

    const answer = (id: string) => remove(own[kind], mutation, id);
    expect(await answer(randomUUID())).toEqual(refused(NOT_FOUND));
    expect(await answer('a1b2c3d4')).toEqual(refused(NOT_FOUND));
    expect(await answer(others[kind].id)).toEqual(refused(MISMATCH));
    expect(await answer(ownOfOtherKind.id)).toEqual(refused(MISMATCH));
    const left = await api.query(other[kind], '{ webhooks { id } }');
    expect(left.data).toEqual({ webhooks: [{ id: others[kind].id }] });
  });
});
