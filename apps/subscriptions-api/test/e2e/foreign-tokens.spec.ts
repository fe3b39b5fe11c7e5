import { readFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import {
  buildASTSchema,
  getNamedType,
  isObjectType,
  parse,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';
import {
  startDeployment,
  TestReceiver,
  waitFor,
  type ApiClient,
  type Deployment,
  type SeededIntegration,
} from '@app/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** In everything that belongs to the victim: no answer to anybody else may hold it. */
const MARK = `victim${randomUUID().replaceAll('-', '')}`;
/** In the name of its integration, which others of the organization may read. */
const NAME = `name${randomUUID().replaceAll('-', '')}`;
const DEPTH = 6;
/** Fields of a type in one query. */
const AT_ONCE = 4;

/** `schema.graphql` or `operator.graphql`, as they are committed: an operation that is new is walked, too. */
function schemaOf(file: string): GraphQLSchema {
  const sdl = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
  return buildASTSchema(parse(sdl), { assumeValid: true, assumeValidSDL: true });
}

const schema = schemaOf('schema.graphql');
const operations = [schema.getQueryType(), schema.getMutationType()].flatMap((type) =>
  Object.values(type?.getFields() ?? {}).map((field) => ({
    kind: type === schema.getQueryType() ? 'query' : 'mutation',
    field,
  })),
);

/** Everything that can be asked of a type, in parts: a query for all at once would cost more than is answered. */
function selections(type: GraphQLObjectType, depth = DEPTH): string[] {
  const fields = Object.values(type.getFields());
  const plain = fields.filter((field) => !isObjectType(getNamedType(field.type)));
  const inner = fields.flatMap((field) => {
    const its = getNamedType(field.type);
    if (!isObjectType(its) || depth === 0) return [];
    const args = field.args.some(({ name }) => name === 'first') ? '(first: 1)' : '';
    return selections(its, depth - 1).map((part) => `{ ${field.name}${args} ${part} }`);
  });
  const parts: string[] = [];
  for (let at = 0; at < plain.length; at += AT_ONCE) {
    const names = plain.slice(at, at + AT_ONCE).map(({ name }) => name);
    parts.push(`{ ${names.join(' ')} }`);
  }
  return [...parts, ...inner];
}

/** A field with all its arguments; each id is the given one. */
function documents(kind: string, field: GraphQLField<unknown, unknown>, id: string): string[] {
  const given = field.args.map(({ name, type }) => {
    const isInput = String(type).includes('Input');
    const input = `{ endPoint: "https://attacker.example/", headers: {} }`;
    const isType = name === 'type';
    return `${name}: ${isInput ? input : JSON.stringify(isType ? 'order/created' : id)}`;
  });
  const args = given.length > 0 ? `(${given.join(', ')})` : '';
  const inner = getNamedType(field.type);
  const parts = isObjectType(inner) ? selections(inner) : [''];
  // A mutation does the same whatever is asked of its result.
  const asked = kind === 'query' ? parts : parts.slice(0, 1);
  return asked.map((part) => `${kind} { ${field.name}${args} ${part} }`);
}

let deployment: Deployment;
let receiver: TestReceiver;
let api: ApiClient;
let victim: SeededIntegration;
let victimIds: string[];
/** Who tries, and with what. */
let attackers: Record<string, string>;

beforeAll(async () => {
  [deployment, receiver] = await Promise.all([
    startDeployment({ env: { RECOVERY_MODE: 'manual' } }),
    TestReceiver.start(),
  ]);
  api = await deployment.startApi({
    API_RATE_LIMIT_PER_SECOND: '10000',
    API_RATE_LIMIT_PER_MINUTE: '100000',
  });
  victim = await deployment.integration({ name: NAME });
  const accessToken = await api.accessToken(victim);
  const endPoint = receiver.url(`/${MARK}`);
  receiver.script(`/${MARK}`, { kind: 'answer', status: 500, body: MARK });
  const own = await api.create(victim.token, { endPoint, headers: { 'x-mark': MARK } });
  const ofClient = await api.createByClient(accessToken, { endPoint });
  await deployment.publish({
    topic: 'order.created',
    value: JSON.stringify({ organizationId: victim.organizationId, mark: MARK }),
  });
  await waitFor(async () => (await blockedQueues()) === 2);
  const queues = await deployment.database.query<{ queue_id: string }>(
    'SELECT queue_id FROM integration_queue WHERE organization_id = $1',
    [victim.organizationId],
  );
  victimIds = [own.id, ofClient.id, ...queues.map(({ queue_id: id }) => id)];
  attackers = await foreignTokens();
});
afterAll(async () => {
  await deployment?.dispose();
  await receiver?.close();
});

async function blockedQueues(): Promise<number> {
  const { count } = await deployment.database.one<{ count: number }>(
    `SELECT count(*)::integer AS count FROM integration_queue
     WHERE organization_id = $1 AND status = 'BLOCKED'
       AND NOT coalesce(lease_until > clock_timestamp(), false)`,
    [victim.organizationId],
  );
  return count;
}

async function foreignTokens(): Promise<Record<string, string>> {
  const foreign = await deployment.integration();
  const neighbour = await deployment.integration({ organizationId: victim.organizationId });
  return {
    'an integration of another organization': foreign.token,
    'a client of another organization': await api.accessToken(foreign),
    'another integration of the organization': neighbour.token,
    'another client of the organization': await api.accessToken(neighbour),
  };
}

/** Everything that the service keeps of the victim. */
async function stateOfVictim(): Promise<unknown> {
  return deployment.database.query(
    `SELECT (SELECT json_agg(w ORDER BY w.id) FROM integration_webhook w WHERE w.integration_id = ANY($1)) AS webhooks,
            (SELECT json_agg(q ORDER BY q.queue_id) FROM integration_queue q WHERE q.queue_id = ANY($1)) AS queues,
            (SELECT json_agg(m ORDER BY m.message_id) FROM integration_queue_message m WHERE m.queue_id = ANY($1)) AS messages,
            (SELECT json_agg(a ORDER BY a.queue_id, a.seq, a.attempt) FROM delivery_attempt a WHERE a.queue_id = ANY($1)) AS attempts,
            (SELECT json_agg(i) FROM gb_integration i WHERE i.id = ANY($1)) AS integrations`,
    [victimIds],
  );
}

describe('every operation of the API', () => {
  it.each(operations.map(({ kind, field }) => [kind, field.name, field] as const))(
    '%s %s gives nothing of somebody else and changes nothing of it',
    async (kind, _name, field) => {
      const before = await stateOfVictim();

      for (const [who, token] of Object.entries(attackers)) {
        const hidden = who.includes('of another organization') ? [MARK, NAME] : [MARK];
        for (const document of victimIds.flatMap((id) => documents(kind, field, id))) {
          const { status, text } = await api.query(token, document);
          const leaks = hidden.some((mark) => text.includes(mark));
          expect({ who, document, status, leaks }).toEqual({
            who,
            document,
            status: 200,
            leaks: false,
          });
        }
      }

      expect(await stateOfVictim()).toEqual(before);
    },
  );

  it('shows its owner what it shows nobody else', async () => {
    const ask = schema.getQueryType()?.getFields()['webhooks'];
    if (!ask) throw new Error('there is no such operation');

    const answers = await Promise.all(
      documents('query', ask, '').map((document) => api.query(victim.token, document)),
    );

    const shown = answers.filter(({ text }) => text.includes(MARK));
    expect(shown.length).toBeGreaterThan(1);
  });

  it('answers entities of a supergraph for nobody but their owner', async () => {
    const representations = victimIds.flatMap((id) => [
      { __typename: 'IntegrationWebhook', id },
      { __typename: 'Integration', id },
    ]);
    const query = `query($representations: [_Any!]!) { _entities(representations: $representations) {
      ... on IntegrationWebhook { endPoint headerNames } ... on Integration { name webhooks { endPoint } } } }`;

    for (const token of Object.values(attackers)) {
      const { text } = await api.query(token, query, { representations });
      expect(text).not.toContain(MARK);
    }
    expect((await api.query(victim.token, query, { representations })).text).toContain(MARK);
  });
});

describe('every operation of the operator API', () => {
  const operator = schemaOf('operator.graphql');
  const names = [operator.getQueryType(), operator.getMutationType()].flatMap((type) =>
    Object.keys(type?.getFields() ?? {}),
  );

  it.each(names)('%s answers no token of a customer, the owner included', async (name) => {
    for (const token of [...Object.values(attackers), victim.token, 'nothing']) {
      const { status, text } = await api.operate(token, `{ ${name} }`);
      expect([status, text.includes(MARK)]).toEqual([401, false]);
    }
  });
});
