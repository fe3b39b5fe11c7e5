import { randomUUID } from 'node:crypto';
import {
  getNamedType,
  type GraphQLField,
  type GraphQLInputType,
  isEnumType,
  isInputObjectType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OperatorScene } from '../operator-scene.js';

let scene: OperatorScene;
beforeAll(async () => {
  scene = await OperatorScene.create();
});
afterAll(() => scene?.drop());

/** Something that the type accepts, with what it demands and nothing else. */
function valueOf(type: GraphQLInputType): unknown {
  const named = getNamedType(type);
  if (isInputObjectType(named)) {
    const fields = Object.values(named.getFields()).filter(
      (field) => isNonNullType(field.type) && field.defaultValue === undefined,
    );
    return Object.fromEntries(fields.map((field) => [field.name, valueOf(field.type)]));
  }
  if (isEnumType(named)) return named.getValues()[0]?.name;
  return (
    { UUID: randomUUID(), DateTime: '2026-01-01T00:00:00Z', Int: 1, ID: '1' }[named.name] ?? 'x'
  );
}

/** The mutation with its arguments, asking for whatever is no object. */
function operationOf({ name, args, type }: GraphQLField<unknown, unknown>) {
  const payload = getNamedType(type);
  const fields = isObjectType(payload) ? Object.values(payload.getFields()) : [];
  const plain = fields.filter((field) => !isObjectType(getNamedType(field.type)));
  const definitions = args.map((arg) => `$${arg.name}: ${String(arg.type)}`).join(', ');
  const given = args.map((arg) => `${arg.name}: $${arg.name}`).join(', ');
  const query = `mutation(${definitions}) { ${name}(${given}) { ${plain.map((field) => field.name).join(' ')} } }`;
  return { query, variables: Object.fromEntries(args.map((arg) => [arg.name, valueOf(arg.type)])) };
}

describe('a viewer', () => {
  it('is refused every mutation that there is, before anything is done', async () => {
    const mutations = Object.values(scene.schema.getMutationType()?.getFields() ?? {});
    expect(mutations.length).toBeGreaterThanOrEqual(8);
    for (const mutation of mutations) {
      const { query, variables } = operationOf(mutation);
      const { errors } = await scene.ask(query, variables, 'viewer');
      expect(errors, mutation.name).toMatchObject([
        {
          message: `${mutation.name} needs the role operator; the token of "Ada" has the role viewer`,
          extensions: { code: 'FORBIDDEN', requiredRole: 'operator' },
        },
      ]);
      const [asOperator] = (await scene.ask(query, variables)).errors;
      expect(asOperator?.extensions['code'], mutation.name).not.toBe('FORBIDDEN');
    }
    expect(await scene.database.query('SELECT FROM operator_action')).toEqual([]);
  });

  it('sees what became of a message and not what is in it', async () => {
    const queue = await scene.queue();
    const [id] = await scene.enqueue(queue, 1);
    const query = 'query($id: UUID!) { message(id: $id) { type bodyBytes body } }';
    const { value, errors } = await scene.ask(query, { id }, 'viewer');
    expect(value).toEqual({ type: 'order/created', bodyBytes: 45, body: null });
    expect(errors).toMatchObject([
      { extensions: { code: 'FORBIDDEN' }, path: ['message', 'body'] },
    ]);
    expect(await scene.value(query, { id })).toMatchObject({ body: `{"id":"${id}"}` });
  });

  it('sees a dead letter and not its value', async () => {
    const { id } = await scene.database.one<{ id: string }>(
      `INSERT INTO ingest_dead_letter (topic, partition, "offset", record_timestamp, headers, value, reason, detail)
       VALUES ('order.created', 0, 1, 1, '[]', 'abc', 'not_json', 'what was found') RETURNING id`,
    );
    const query = 'query($id: ID!) { deadLetter(id: $id) { valueBytes value valueBase64 } }';
    const { value, errors } = await scene.ask(query, { id }, 'viewer');
    expect(value).toEqual({ valueBytes: 3, value: null, valueBase64: null });
    expect(errors.map((error) => error.extensions['code'])).toEqual(['FORBIDDEN', 'FORBIDDEN']);
    expect(await scene.value(query, { id })).toMatchObject({ value: 'abc', valueBase64: 'YWJj' });
  });

  it('is told who it is', async () => {
    const query = '{ me { name role } }';
    expect(await scene.value(query, {}, 'viewer')).toEqual({ name: 'Ada', role: 'VIEWER' });
    expect(await scene.value(query)).toEqual({ name: 'Ada', role: 'OPERATOR' });
  });
});
