import { randomUUID } from 'node:crypto';
import type { ApiAnswer, SeededIntegration } from '@app/testing';
import { refusalOf, type ErrorScene, type Refusal } from './error-scene.js';

type Input = Readonly<Record<string, unknown>>;

const ENDPOINT = 'https://your-app.com/webhooks';
const QUERY = '{ webhookTypes { type } }';

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });

const mutation = {
  create: (name: string) =>
    `mutation($input: IntegrationWebhookInput!) { ${name}(input: $input) { id } }`,
  update: `mutation($id: String!, $input: IntegrationWebhookUpdateInput!) {
    integrationWebhookUpdate(id: $id, input: $input) { id }
  }`,
  test: `mutation($id: ID!, $type: String = "order/created") {
    testEvent(webhookId: $id, type: $type) { date }
  }`,
  remove: 'mutation($id: String!) { integrationWebhookRemove(id: $id) { id } }',
};

/** A body of the reader's own with a good token. */
async function post(
  scene: ErrorScene,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<ApiAnswer> {
  const { token } = await scene.integration();
  return scene.parts.api.post(body, { ...bearer(token), ...headers });
}

async function query(scene: ErrorScene, text: string, variables?: Input): Promise<ApiAnswer> {
  const { token } = await scene.integration();
  return scene.parts.api.query(token, text, variables);
}

async function create(scene: ErrorScene, input: Input): Promise<ApiAnswer> {
  return query(scene, mutation.create('integrationWebhookCreate'), {
    input: { endPoint: ENDPOINT, ...input },
  });
}

const headers = (scene: ErrorScene, given: Input): Promise<ApiAnswer> =>
  create(scene, { headers: given });

/** An update of a webhook of the reader's own. */
async function update(scene: ErrorScene, input: Input): Promise<ApiAnswer> {
  const { api } = scene.parts;
  const { token } = await scene.integration();
  const { id } = await api.create(token, { endPoint: ENDPOINT });
  return api.query(token, mutation.update, { id, input });
}

async function createTwice(scene: ErrorScene, input: Input): Promise<ApiAnswer> {
  const { api } = scene.parts;
  const { token } = await scene.integration();
  await api.create(token, { endPoint: ENDPOINT, ...input });
  return api.query(token, mutation.create('integrationWebhookCreate'), {
    input: { endPoint: ENDPOINT, ...input },
  });
}

/** A change of a webhook that is another integration's. */
async function changeOthers(scene: ErrorScene, text: string, rest: Input = {}): Promise<ApiAnswer> {
  const { api } = scene.parts;
  const [own, other] = [await scene.integration(), await scene.integration()];
  const { id } = await api.create(other.token, { endPoint: ENDPOINT });
  return api.query(own.token, text, { id, ...rest });
}

/** The installation ends after the token was accepted, and before the webhook is stored. */
async function createWhileUninstalled(scene: ErrorScene): Promise<ApiAnswer> {
  const { deployment, api } = scene.parts;
  const { integrationId, token } = await scene.integration();
  const session = await deployment.database.connect('operator');
  await session.query('BEGIN');
  await session.query(`UPDATE gb_integration SET status = 'UNINSTALLED' WHERE id = $1`, [
    integrationId,
  ]);
  const creating = api.query(token, mutation.create('integrationWebhookCreate'), {
    input: { endPoint: ENDPOINT },
  });
  await deployment.database.waitingForLock('happycolis-webhooks api');
  await session.query('COMMIT');
  return creating;
}

async function byClient(scene: ErrorScene, text: string, variables: Input): Promise<ApiAnswer> {
  const token = await scene.parts.api.accessToken(await scene.integration());
  return scene.parts.api.query(token, text, variables);
}

async function integrationOf(
  scene: ErrorScene,
  id: (own: SeededIntegration) => string | Promise<string>,
  fields = 'id webhooks { id }',
): Promise<ApiAnswer> {
  const own = await scene.integration();
  const text = `query($id: String!) { integration(id: $id) { ${fields} } }`;
  return scene.parts.api.query(own.token, text, { id: await id(own) });
}

/** Finds another integration in the organization of the reader. */
const sibling =
  ({ parts }: ErrorScene) =>
  async ({ organizationId }: SeededIntegration): Promise<string> =>
    (await parts.deployment.integration({ organizationId })).integrationId;

/** A test event for a webhook of the reader's own. */
async function testEvent(
  scene: ErrorScene,
  webhook: Input,
  type: string | null,
): Promise<ApiAnswer> {
  const { api } = scene.parts;
  const { token } = await scene.integration();
  const { id } = await api.create(token, { endPoint: ENDPOINT, ...webhook });
  return api.query(token, mutation.test, { id, type });
}

/** Attempts of a webhook of the reader's own. */
async function attempts(scene: ErrorScene, page: string): Promise<ApiAnswer> {
  const { api } = scene.parts;
  const { token } = await scene.integration();
  const { id } = await api.create(token, { endPoint: ENDPOINT });
  return api.query(token, `{ webhook(id: "${id}") { attempts(${page}) { edges { cursor } } } }`);
}

const input = { endPoint: ENDPOINT };
const many = (count: number, value: string): Input =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`X-${index}`, value]));

const CASES: Readonly<Record<string, (scene: ErrorScene) => Promise<ApiAnswer>>> = {
  'no valid token, see below': ({ parts }) => parts.api.query('not-a-token', QUERY),
  'too many requests': async (scene) => {
    const { token } = await scene.integration();
    await scene.parts.poor.query(token, QUERY);
    return scene.parts.poor.query(token, QUERY);
  },
  'more than 100,000 bytes': (scene) => query(scene, `# ${'x'.repeat(100_000)}\n${QUERY}`),
  'the body is no JSON': (scene) => post(scene, '{"query": '),
  'an unknown compression or character set': (scene) =>
    post(scene, '{}', { 'Content-Encoding': 'zstd-of-tomorrow' }),
  'another Content-Type than application/json': (scene) =>
    post(scene, JSON.stringify({ query: QUERY }), { 'Content-Type': 'text/plain' }),
  'an Accept that does not allow application/json': (scene) =>
    post(scene, JSON.stringify({ query: QUERY }), { Accept: 'text/html' }),
  'an empty body, or an empty object': (scene) => post(scene, ''),
  'a subscription': (scene) => query(scene, 'subscription { webhookTypes { type } }'),
  'variables or extensions that are no object': (scene) =>
    post(scene, JSON.stringify({ query: QUERY, variables: 'a' })),
  'a query or operationName that is no string': (scene) =>
    post(scene, JSON.stringify({ query: QUERY, operationName: 1 })),
  'no query': (scene) => post(scene, '{"variables": {}}'),
  'several operations in an array': (scene) => post(scene, JSON.stringify([{ query: QUERY }])),
  'a persisted query': (scene) =>
    post(
      scene,
      JSON.stringify({
        extensions: { persistedQuery: { version: 1, sha256Hash: '0'.repeat(64) } },
      }),
    ),
  'a syntax error': (scene) => query(scene, '{ webhookTypes { type }'),
  'more than 2,000 tokens': (scene) => query(scene, `{ ${'webhooks { id } '.repeat(600)} }`),
  'an unknown field, a missing argument, …': (scene) => query(scene, '{ nothing }'),
  'too deep, too many aliases, too complex': (scene) =>
    query(
      scene,
      `{ ${Array.from({ length: 21 }, (_, index) => `a${index}: __typename x${index}: webhookTypes { type }`).join(' ')} }`,
    ),
  'introspection, where it is off': (scene) => query(scene, '{ __schema { types { name } } }'),
  'an operationName that is not there': (scene) =>
    post(scene, JSON.stringify({ query: `query A ${QUERY}`, operationName: 'B' })),
  'a variable of the wrong type': (scene) => create(scene, { endPoint: 1 }),
  'an endpoint that is refused': (scene) => create(scene, { endPoint: 'https://localhost/' }),
  'an endpoint that is null, in an update': (scene) => update(scene, { endPoint: null }),
  'an unknown type': (scene) => create(scene, { type: 'order/creatd' }),
  'a header of ours': (scene) => headers(scene, { Host: 'a' }),
  'a name that is none': (scene) => headers(scene, { 'X Y': 'a' }),
  'a value that is no string': (scene) => headers(scene, { 'X-Y': 1 }),
  'a value that is too long, or not ASCII': (scene) => headers(scene, { 'X-Y': 'é' }),
  'two names that differ in case alone': (scene) => headers(scene, { 'X-Y': 'a', 'x-y': 'b' }),
  'more than 30 headers': (scene) => headers(scene, many(31, 'a')),
  'more than 8,192 bytes of headers': (scene) => headers(scene, many(9, 'a'.repeat(1_000))),
  'headers that are null, in an update': (scene) => update(scene, { headers: null }),
  'an update of nothing': (scene) => update(scene, {}),
  'there is a webhook for the type': (scene) => createTwice(scene, { type: 'order/created' }),
  'there is a webhook for every type': (scene) => createTwice(scene, {}),
  'a permission is missing': async (scene) => {
    const { token } = await scene.integration(['view_integrations']);
    return scene.parts.api.query(token, mutation.remove, { id: randomUUID() });
  },
  'an access token where an integration token is needed': (scene) =>
    byClient(scene, mutation.create('integrationWebhookCreate'), { input }),
  'an integration token where an access token is needed': (scene) =>
    query(scene, mutation.create('oauthWebhookCreate'), { input }),
  'remove: no such webhook, or removed before': (scene) =>
    query(scene, mutation.remove, { id: randomUUID() }),
  "remove: somebody else's": (scene) => changeOthers(scene, mutation.remove),
  'update: no such webhook, or removed before': (scene) =>
    query(scene, mutation.update, { id: randomUUID(), input }),
  "update: somebody else's": (scene) => changeOthers(scene, mutation.update, { input }),
  'test: no such webhook, or removed before': (scene) =>
    query(scene, mutation.test, { id: randomUUID() }),
  "test: somebody else's": (scene) => changeOthers(scene, mutation.test),
  'test: a webhook for every type, and no type': (scene) => testEvent(scene, {}, null),
  'test: a type that the webhook does not receive': (scene) =>
    testEvent(scene, { type: 'order/created' }, 'order/updated'),
  'uninstalled while a webhook is created': createWhileUninstalled,
  'webhooks of another integration': (scene) => integrationOf(scene, sibling(scene)),
  'the queue of another integration': (scene) =>
    integrationOf(scene, sibling(scene), 'queue { depth }'),
  "no such webhook, or not one of one's own": (scene) =>
    query(scene, `{ webhook(id: "${randomUUID()}") { id } }`),
  'a page of no length, or of more than 100': (scene) => attempts(scene, 'first: 101'),
  'a cursor that is none': (scene) => attempts(scene, 'after: "5"'),
  'no such integration in the organization': (scene) =>
    integrationOf(scene, async () => (await scene.integration()).integrationId),
  'more than 100 entities at once': (scene) =>
    query(scene, 'query($all: [_Any!]!) { _entities(representations: $all) { __typename } }', {
      all: Array.from({ length: 101 }, () => ({ __typename: 'Integration', id: 'a' })),
    }),
  'a fault of the service': (scene) =>
    scene.without('integration_webhook', () => query(scene, '{ webhooks { id } }')),
  'the database is away': async (scene) => {
    const { token } = await scene.integration();
    return scene.without('gb_integration', () => scene.parts.api.query(token, QUERY));
  },
  "the keys of the platform's own tokens are away": async ({ parts }) =>
    parts.poor.query(await parts.issuer.token('somebody', 'an organization'), QUERY),
};

/** A request that is no POST to `/graphql`. */
async function elsewhere({ parts }: ErrorScene, path: string, init: RequestInit): Promise<Refusal> {
  const answer = await fetch(`${parts.api.url}${path}`, init);
  const { errors } = (await answer.json()) as Pick<ApiAnswer, 'errors'>;
  return refusalOf({ status: answer.status, headers: answer.headers, errors });
}

async function withToken(scene: ErrorScene, path: string, method: string): Promise<Refusal> {
  const { token } = await scene.integration();
  return elsewhere(scene, path, { method, headers: bearer(token) });
}

/** By the documented condition: how a request comes to be refused for it. */
export const GRAPHQL_ERRORS: Readonly<Record<string, (scene: ErrorScene) => Promise<Refusal>>> = {
  'another path': (scene) => elsewhere(scene, '/graphql/more', {}),
  'another method than POST': (scene) => withToken(scene, '/graphql', 'GET'),
  'another method than GET at /oauth2/me': (scene) => withToken(scene, '/oauth2/me', 'POST'),
  'another method than POST at /token': (scene) => elsewhere(scene, '/token', {}),
  ...Object.fromEntries(
    Object.entries(CASES).map(([condition, provoke]) => [
      condition,
      async (scene: ErrorScene) => refusalOf(await provoke(scene)),
    ]),
  ),
};
