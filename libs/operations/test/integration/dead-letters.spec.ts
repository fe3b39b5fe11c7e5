import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OperatorScene } from '../operator-scene.js';

let scene: OperatorScene;
beforeAll(async () => {
  scene = await OperatorScene.create();
});
afterAll(() => scene?.drop());

const PAGES = `query($filter: DeadLetterFilter, $first: Int! = 2, $after: String) {
  deadLetters(filter: $filter, first: $first, after: $after) {
    edges { node { id offset } } pageInfo { hasNextPage endCursor } } }`;

let offset = 0;

interface Seed {
  readonly topic?: string;
  readonly reason?: string;
  readonly receivedAt?: string;
  readonly redriven?: boolean;
  readonly key?: Buffer | null;
  readonly value?: Buffer | null;
}

/** Returns its offset, which is its number here. */
async function insert(seed: Seed = {}): Promise<string> {
  const {
    topic = 'order.created',
    reason = 'not_json',
    receivedAt = '2026-01-01T00:00:00Z',
  } = seed;
  const { redriven = false, key = null, value = Buffer.from('abc') } = seed;
  await scene.database.query(
    `INSERT INTO ingest_dead_letter (topic, partition, "offset", record_timestamp, key, headers, value, reason,
       detail, received_at, redriven_at, redriven_by)
     VALUES ($1, 2, $2, 9007199254740993, $3, '[{"name":"trace","value":"YQ=="}]', $4, $5, 'what was found', $6,
       CASE WHEN $7 THEN now() END, CASE WHEN $7 THEN 'Grace' END)`,
    [topic, (offset += 1), key, value, reason, receivedAt, redriven],
  );
  return String(offset);
}

const offsetsOf = async (filter: object, between?: () => Promise<unknown>): Promise<string[]> => {
  const nodes = await scene.all<{ offset: string }>(PAGES, { filter }, between);
  return nodes.map((node) => node.offset);
};

describe('dead letters', () => {
  it('are found by topic, reason, time and what became of them, the newest first', async () => {
    const plain = await insert();
    const topic = await insert({ topic: 'order.updated' });
    const reason = await insert({ reason: 'tombstone', value: null });
    const late = await insert({ receivedAt: '2026-02-01T00:00:00Z' });
    const redriven = await insert({ redriven: true });
    expect(await offsetsOf({})).toEqual([redriven, late, reason, topic, plain]);
    expect(await offsetsOf({ topic: 'order.updated' })).toEqual([topic]);
    expect(await offsetsOf({ reason: 'tombstone' })).toEqual([reason]);
    expect(await offsetsOf({ receivedAfter: '2026-02-01T00:00:00Z' })).toEqual([late]);
    expect(await offsetsOf({ receivedBefore: '2026-02-01T00:00:00Z', redriven: false })).toEqual([
      reason,
      topic,
      plain,
    ]);
    expect(await offsetsOf({ redriven: true })).toEqual([redriven]);
    expect(await offsetsOf({ topic: 'none' })).toEqual([]);
  });

  it('come once each while more arrive and others are redriven', async () => {
    const before = await offsetsOf({});
    const found = await offsetsOf({}, async () => {
      await insert();
      await scene.database.query('UPDATE ingest_dead_letter SET redriven_at = now()');
    });
    expect(found).toEqual(before);
  });

  it('are shown with everything, bytes that are no UTF-8 in Base64 alone', async () => {
    const bytes = Buffer.from([0xff, 0x00]);
    await insert({ key: bytes, value: bytes, redriven: true });
    const { id } = await scene.database.one<{ id: string }>(
      'SELECT max(id) AS id FROM ingest_dead_letter',
    );
    const query = `query($id: ID!) { deadLetter(id: $id) {
      id topic partition offset timestamp reason detail receivedAt key keyBase64 headers { name value }
      valueBytes value valueBase64 redrivenAt redrivenBy } }`;
    expect(await scene.value(query, { id })).toEqual({
      id,
      topic: 'order.created',
      partition: 2,
      offset: String(offset),
      timestamp: '9007199254740993',
      reason: 'not_json',
      detail: 'what was found',
      receivedAt: '2026-01-01T00:00:00.000Z',
      key: null,
      keyBase64: '/wA=',
      headers: [{ name: 'trace', value: 'YQ==' }],
      valueBytes: 2,
      value: null,
      valueBase64: '/wA=',
      redrivenAt: expect.any(String),
      redrivenBy: 'Grace',
    });
  });

  it.each([
    ['999999', 'NOT_FOUND', 'There is no dead letter 999999; deadLetters lists them'],
    ['x', 'BAD_USER_INPUT', 'id: it is no id of a dead letter, which are numbers'],
    ['9'.repeat(19), 'BAD_USER_INPUT', 'id: it is no id of a dead letter, which are numbers'],
  ])('are not there: %s', async (id, code, message) => {
    const { errors } = await scene.ask('query($id: ID!) { deadLetter(id: $id) { id } }', { id });
    expect(errors).toMatchObject([{ message, extensions: { code } }]);
  });

  it('are looked through ten thousand at a time, so that a page without any goes on', async () => {
    await scene.database.query(
      `INSERT INTO ingest_dead_letter (topic, partition, "offset", record_timestamp, headers, reason, detail)
       SELECT 'many', 0, n, 0, '[]', 'not_json', '' FROM generate_series(1, 25000) AS n`,
    );
    const filter = { topic: 'order.updated' };
    const { edges, pageInfo } = await scene.value<{ edges: object[]; pageInfo: object }>(PAGES, {
      filter,
    });
    expect(edges).toEqual([]);
    expect(pageInfo).toEqual({ hasNextPage: true, endCursor: expect.any(String) });
    expect(await offsetsOf(filter)).toEqual(['2']);
  });
});

describe('a redrive', () => {
  const REDRIVE = `mutation($input: RedriveDeadLettersInput!) { redriveDeadLetters(input: $input) {
    dryRun repeated redriven messages stillDead { id reason detail } stillDeadCount remaining } }`;
  const redrive = (input: object) => scene.value(REDRIVE, { input });

  it('has what is an event by now tried once more, and leaves what is none', async () => {
    const queue = await scene.queue();
    const { organizationId } = queue;
    const good = Buffer.from(JSON.stringify({ organizationId }));
    const topic = 'order.created';
    const receivedAfter = '2027-01-01T00:00:00Z';
    await insert({ topic, value: good, receivedAt: receivedAfter });
    await insert({ topic, value: Buffer.from('no JSON'), receivedAt: receivedAfter });
    await scene.database.query(
      `UPDATE ingest_dead_letter SET record_timestamp = (extract(epoch FROM clock_timestamp()) * 1000)::bigint
       WHERE received_at >= $1`,
      [receivedAfter],
    );
    const select = { topic, receivedAfter };
    const stillDead = [{ id: expect.any(String), reason: 'not_json', detail: expect.any(String) }];
    const rest = { redriven: 1, stillDead, stillDeadCount: 1, remaining: 0, repeated: false };
    expect(await redrive({ select, dryRun: true })).toEqual({
      ...rest,
      dryRun: true,
      messages: null,
    });
    const requestId = randomUUID();
    const input = { select, requestId, reason: 'repaired' };
    expect(await redrive(input)).toEqual({ ...rest, dryRun: false, messages: 1 });
    expect(await redrive(input)).toMatchObject({ repeated: true, redriven: 1 });
    expect(await redrive({ select })).toMatchObject({ redriven: 0, stillDeadCount: 1 });
    const other = await scene.ask(REDRIVE, { input: { select: { topic }, requestId } });
    expect(other.errors).toMatchObject([
      { extensions: { code: 'CONFLICT', reason: 'request_id_used' } },
    ]);
    const log = '{ auditLog { edges { node { actor action integrationId target reason } } } }';
    expect(await scene.value(log)).toMatchObject({
      edges: [
        { node: { actor: 'Ada', action: 'redrive', integrationId: null, reason: 'repaired' } },
      ],
    });
  });

  it.each([
    [{}, 'select: it selects every dead letter'],
    [{ id: null, topic: null }, 'select: it selects every dead letter'],
    [{ id: 'x' }, 'select.id: it is no id of a dead letter'],
    [{ reason: 'bored' }, 'select.reason: it is none of tombstone, too_large'],
    [{ topic: 'a\0' }, 'select.topic: it contains'],
  ])('does not guess what %j means', async (select, message) => {
    const { errors } = await scene.ask(REDRIVE, { input: { select } });
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    expect(errors[0]?.message).toContain(message);
  });
});
