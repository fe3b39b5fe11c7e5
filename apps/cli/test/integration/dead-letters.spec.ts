import { type TestDatabase, createTestDatabase } from '@app/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CliProcess, buildProgram } from '../cli-process.js';

describe('dead letters', () => {
  let database: TestDatabase;
  let cli: CliProcess;
  beforeAll(async () => {
    await buildProgram();
    database = await createTestDatabase();
    cli = new CliProcess(database.url);
    await insert({
      topic: 'order.created',
      offset: 7,
      key: Buffer.from('clé'),
      reason: 'not_json',
    });
    await insert({ topic: 'order.updated', offset: 8, key: null, reason: 'tombstone' });
    const key = Buffer.from([0xff, 0x00]);
    await insert({ topic: 'order.created', offset: 9, key, reason: 'invalid_utf8' });
  }, 180_000);
  afterAll(() => database.drop());

  it('lists them newest first, positions as numbers, the value left out', async () => {
    const rest = { partition: 2, timestamp: 1_700_000_000_123, receivedAt: expect.any(String) };
    const listed = { ...rest, id: expect.any(Number), detail: 'what was found', valueBytes: 3 };
    expect(await cli.json(['dead-letter', 'list'])).toEqual([
      {
        ...listed,
        topic: 'order.created',
        offset: 9,
        reason: 'invalid_utf8',
        key: null,
        keyBase64: '/wA=',
      },
      {
        ...listed,
        topic: 'order.updated',
        offset: 8,
        reason: 'tombstone',
        key: null,
        keyBase64: null,
      },
      {
        ...listed,
        topic: 'order.created',
        offset: 7,
        reason: 'not_json',
        key: 'clé',
        keyBase64: 'Y2zDqQ==',
      },
    ]);
  });

  it('lists those of a reason, of a topic, and only so many', async () => {
    expect(await offsets('--reason', 'tombstone')).toEqual([8]);
    expect(await offsets('--topic', 'order.created')).toEqual([9, 7]);
    expect(await offsets('--topic', 'order.created', '--limit', '1')).toEqual([9]);
  });

  it('prints a table that says when there are more', async () => {
    const { stdout } = await cli.run(['dead-letter', 'list', '--limit', '2']);
    const lines = stdout.split('\n').map((line) => line.split(/ {2,}/));
    expect(lines).toEqual([
      ['TOPIC', 'PARTITION', 'OFFSET', 'RECEIVED', 'REASON', 'KEY', 'DETAIL'],
      ['order.created', '2', '9', expect.any(String), 'invalid_utf8', '/wA=', 'what was found'],
      ['order.updated', '2', '8', expect.any(String), 'tombstone', '-', 'what was found'],
      [''],
      ['Only the newest 2; --limit shows more.'],
      [''],
    ]);
  });

  async function offsets(...filter: string[]): Promise<number[]> {
    const rows = await cli.json<{ offset: number }[]>(['dead-letter', 'list', ...filter]);
    return rows.map(({ offset }) => offset);
  }

  function insert(letter: { topic: string; offset: number; key: Buffer | null; reason: string }) {
    return database.query(
      `INSERT INTO ingest_dead_letter
         (topic, partition, "offset", record_timestamp, key, headers, value, reason, detail)
       VALUES ($1, 2, $2, 1700000000123, $3, '[]', 'abc', $4, 'what was found')`,
      [letter.topic, letter.offset, letter.key, letter.reason],
    );
  }
});
