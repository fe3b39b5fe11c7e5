import { readFileSync } from 'node:fs';
import { OperatorTokensStore } from '@app/operations';
import { Deployment, expectForAll, waitFor, type ApiAnswer, type ApiClient } from '@app/testing';
import fc from 'fast-check';
import { buildSchema, type GraphQLSchema } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { brokenRequests } from './fuzzing/broken-requests.js';
import { withDeepValues } from './fuzzing/hostile-values.js';
import { RandomOperations } from './fuzzing/random-operations.js';

/** Of each API; a request takes some milliseconds. */
const OPERATIONS = 500;
const BROKEN_REQUESTS = 250;

const CODES = [
  'BAD_REQUEST',
  'BAD_USER_INPUT',
  'CONFLICT',
  'FORBIDDEN',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'NOT_FOUND',
  'OPERATION_RESOLUTION_FAILURE',
  'PAYLOAD_TOO_LARGE',
  'PERSISTED_QUERY_NOT_SUPPORTED',
  'RATE_LIMITED',
  'UNAUTHENTICATED',
];
/** Of a program or of its database, and of nothing that is sent here. */
const INSIDES =
  /\n\s+at |node_modules|\.ts:\d|\.js:\d|TypeError|RangeError|QueryFailed|syntax error at|violates|invalid byte|out of range for type/;

const FEDERATION = `
  scalar _Any
  union _Entity = Integration | IntegrationWebhook
  type _Service { sdl: String! }
  extend type Query { _entities(representations: [_Any!]!): [_Entity]! _service: _Service! }`;

const schemaOf = (file: string, more = ''): GraphQLSchema => {
  const text = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
  return buildSchema(`${text}${more}`, { assumeValidSDL: true });
};
const SUBGRAPH = schemaOf('schema.graphql', FEDERATION);
const OPERATOR = schemaOf('operator.graphql');

const TOPIC = 'order.created';

let deployment: Deployment;
let api: ApiClient;
/** By path, the bearers that are known there. */
let bearers: Readonly<Record<string, readonly string[]>>;
let ids: string[];

beforeAll(async () => {
  const limits = { API_RATE_LIMIT_PER_SECOND: '1000000', API_RATE_LIMIT_PER_MINUTE: '1000000' };
  deployment = await Deployment.create({ env: limits });
  const [client, processor] = await Promise.all([deployment.startApi(), deployment.start()]);
  api = client;
  const ours = await deployment.integration();
  const { integrationId, organizationId } = ours;
  const webhookId = await deployment.webhook({ integrationId });
  const event = { topic: TOPIC, value: JSON.stringify({ id: 'o', organizationId }) };
  await deployment.publish(event, event, event, { topic: TOPIC, value: 'no JSON' });
  const messages = await waitFor(() => stored(), { describe: () => 'nothing is stored' });
  await processor.stop();
  const { token } = await new OperatorTokensStore(deployment.dataSource).create({
    name: 'fuzz',
    role: 'operator',
  });
  bearers = {
    '/graphql': [ours.token, await api.accessToken(ours)],
    '/operator/graphql': [token],
  };
  ids = [integrationId, organizationId, webhookId, ours.applicationId, TOPIC, '1', ...messages];
});
afterAll(() => deployment?.dispose());

/** The ids of the messages, once they and the dead letter are there. */
async function stored(): Promise<string[] | undefined> {
  const rows = await deployment.database.query<{ id: string }>(
    'SELECT message_id AS id FROM integration_queue_message',
  );
  const letters = await deployment.database.query('SELECT id FROM ingest_dead_letter');
  return rows.length === 3 && letters.length === 1 ? rows.map(({ id }) => id) : undefined;
}

function expectDocumented(answer: ApiAnswer, request: string): void {
  const { status, text, headers, errors } = answer;
  const about = `${request} was answered with ${status}: ${text.slice(0, 2_000)}`;
  expect([200, 400, 401, 413, 415, 429], about).toContain(status);
  expect(headers.get('content-type'), about).toMatch(/^application\/(graphql-response\+)?json/);
  const body = JSON.parse(text) as Record<string, unknown>;
  expect(['data', 'errors'], about).toEqual(expect.arrayContaining(Object.keys(body)));
  if ('errors' in body) expect(errors.length, about).toBeGreaterThan(0);
  else expect([status, typeof body['data']], about).toEqual([200, 'object']);
  expect(text, about).not.toMatch(INSIDES);
  for (const { message, extensions } of errors) {
    expect(message.length, about).toBeLessThanOrEqual(1_000);
    expect(CODES, about).toContain(extensions['code']);
    expect(extensions['requestId'], about).toBe(headers.get('x-request-id'));
  }
}

const bearerAt = (path: string) =>
  fc.constantFrom(...(bearers[path] ?? [])).map((token) => ({ Authorization: `Bearer ${token}` }));

const APIS: [string, string, GraphQLSchema][] = [
  ['of integrations', '/graphql', SUBGRAPH],
  ['of operators', '/operator/graphql', OPERATOR],
];

describe.each(APIS)('the API %s', (_, path, schema) => {
  it('answers any operation of its schema in the documented form', async () => {
    const statuses = new Set<number>();
    const operations = new RandomOperations(schema, ids).any;
    const requests = fc.tuple(operations, bearerAt(path));
    await expectForAll(
      requests,
      async ([operation, headers]) => {
        const body = withDeepValues(JSON.stringify(operation));
        const answer = await api.post(body, headers, path);
        statuses.add(answer.status);
        expectDocumented(answer, body.slice(0, 2_000));
      },
      OPERATIONS,
    );
    expect([...statuses]).toEqual(expect.arrayContaining([200, 400]));
  });

  it('answers what is no operation in the documented form', async () => {
    const broken = brokenRequests(new RandomOperations(schema, ids).any);
    const requests = fc.tuple(broken, bearerAt(path));
    await expectForAll(
      requests,
      async ([{ body, headers }, bearer]) => {
        const answer = await api.post(withDeepValues(body), { ...bearer, ...headers }, path);
        expectDocumented(answer, `${JSON.stringify(headers)} ${body.slice(0, 2_000)}`);
      },
      BROKEN_REQUESTS,
    );
  });
});

describe('the service that was asked all of this', () => {
  it('is ready, and has nothing to say of it', async () => {
    const [service] = deployment.apis;
    expect(await service?.health('ready')).toMatchObject({ status: 200 });
    const { lines, unstructured, text } = service?.log ?? expect.fail('there is no service');
    expect(lines.filter(({ level }) => ['error', 'fatal'].includes(level))).toEqual([]);
    expect(unstructured).toEqual([]);
    expect(text).not.toMatch(/unhandled|uncaught/i);
    expect(lines.length).toBeGreaterThan(OPERATIONS);
  });
});
