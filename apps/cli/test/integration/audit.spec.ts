import type { DataSource } from '@app/database';
import { IngestStore, messageIdOf, QueueStore } from '@app/queue';
import { createTestDatabase, seedIntegration, seedWebhook, type TestDatabase } from '@app/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CliProcess, buildProgram } from '../cli-process.js';

let database: TestDatabase;
let dataSource: DataSource;
let cli: CliProcess;
beforeAll(async () => {
  await buildProgram();
  database = await createTestDatabase();
  dataSource = await database.dataSource();
  cli = new CliProcess(database.url);
}, 180_000);
afterAll(() => database.drop());

/** A queue of so many messages of records, of which the first ones are delivered. */
async function queueOf(count: number, delivered: number): Promise<string> {
  const { integrationId, organizationId } = await seedIntegration(dataSource);
  const webhookId = await seedWebhook(dataSource, { integrationId });
  const timestamp = String(Date.now());
  const messages = Array.from({ length: count }, (_, n) => {
    const record = { topic: 'order.created', partition: 0, offset: String(n), timestamp };
    const rest = { key: null, value: null, headers: {} };
    return {
      queueId: integrationId,
      organizationId,
      webhookId,
      messageId: messageIdOf({ ...record, ...rest }, webhookId),
      type: 'order/created' as const,
      partition: 0,
      offset: record.offset,
      body: Buffer.from('{}'),
      traceParent: null,
    };
  });
  await new IngestStore(dataSource).ingest({ messages, deadLetters: [], locations: [] });
  const store = new QueueStore(dataSource, { owner: 'test', leaseMs: 30_000, probe: true });
  for (let n = 0; n < delivered; n += 1) {
    const [lease] = await store.claim([integrationId]);
    if (!lease) throw new Error('the queue was not claimed');
    const outcome = { kind: 'delivered', statusCode: 200, durationMs: 1 } as const;
    await store.settle([
      { lease, outcome, startedAt: performance.now(), keep: false, retryInMs: 0 },
    ]);
  }
  return integrationId;
}

const linesOf = (text: string): Record<string, unknown>[] =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('audit --queue', () => {
  it('proves a queue, page by page, and says what became of each position', async () => {
    const queue = await queueOf(130, 3);
    const { code, stdout, stderr } = await cli.run(['audit', '--queue', queue, '--json']);
    expect([code, stderr]).toEqual([0, '']);
    const lines = linesOf(stdout);
    expect(lines.slice(0, -1).map(({ seq }) => Number(seq))).toEqual(
      Array.from({ length: 130 }, (_, n) => n + 1),
    );
    expect(lines[0]).toMatchObject({
      topic: 'order.created',
      partition: 0,
      offset: '0',
      status: 'DELIVERED',
      lastAttempts: [{ attempt: 1, outcome: 'delivered', statusCode: 200 }],
    });
    expect(lines.at(-1)).toEqual({
      proved: true,
      positions: 130,
      delivered: 3,
      identified: 130,
      findings: [],
      notes: [],
    });
  });

  it('takes positions and times, and shows them for people', async () => {
    const queue = await queueOf(5, 2);
    const some = await cli.run(['audit', '--queue', queue, '--from', '2', '--to', '3']);
    expect(some).toMatchObject({ code: 0, stderr: '' });
    expect(some.stdout).toMatch(
      /^2  order\.created\[0\]@1 → [\da-f-]{36}  stored \S+  DELIVERED  attempt 1: sent \S+, answered \S+, delivered 200\n3  /,
    );
    expect(some.stdout).toContain(
      '2 positions: 1 delivered; 2 have the message id that follows from their record.\nProved:',
    );
    const since = await cli.run([
      'audit',
      '--queue',
      queue,
      '--from',
      '2000-01-01T00:00:00Z',
      '--json',
    ]);
    expect(linesOf(since.stdout).at(-1)).toMatchObject({ positions: 5 });
    const until = await cli.run([
      'audit',
      '--queue',
      queue,
      '--to',
      '2000-01-01T00:00:00Z',
      '--json',
    ]);
    expect(linesOf(until.stdout)).toMatchObject([{ proved: true, positions: 0 }]);
  });

  it('finds what is gone, what nobody sent, and what is not what it should be', async () => {
    const queue = await queueOf(6, 4);
    const change = (sql: string) => database.query(sql, [queue]);
    await change('DELETE FROM integration_queue_message WHERE queue_id = $1 AND seq = 2');
    await change('DELETE FROM delivery_attempt WHERE queue_id = $1 AND seq = 3');
    await change(
      'UPDATE integration_queue_message SET source_offset = 77 WHERE queue_id = $1 AND seq = 5',
    );
    const { code, stdout, stderr } = await cli.run(['audit', '--queue', queue, '--json']);
    expect(code).toBe(1);
    expect(stderr).toBe('error: the queue could not be proved: 3 findings, see above\n');
    expect(linesOf(stdout).at(-1)).toMatchObject({
      proved: false,
      findings: [
        { seq: '2', text: 'position 2: not stored' },
        { seq: '3', text: 'position 3 is DELIVERED, and no attempt delivered it' },
        {
          seq: '5',
          text: 'position 5 has not the message id of order.created, partition 0, offset 77',
        },
      ],
    });
  });

  it('refuses what is no queue, no position and no time; `audit list` has its own options', async () => {
    const none = await cli.run(['audit', '--queue', '1f8c6a0e-6f0d-4b7c-9d6e-0a1b2c3d4e5f']);
    expect(none).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('1f8c6a0e-6f0d-4b7c-9d6e-0a1b2c3d4e5f'),
    });
    expect(await cli.run(['audit', '--queue', 'x'])).toMatchObject({ code: 2 });
    expect(await cli.run(['audit', '--from', 'May'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('neither a position'),
    });
    expect(await cli.run(['audit'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--queue'),
    });
    expect(await cli.json(['audit', 'list'])).toEqual([]);
  });
});
