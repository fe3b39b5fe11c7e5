import { randomUUID } from 'node:crypto';
import { type TestDatabase, createTestDatabase, seedIntegration, seedWebhook } from '@app/testing';
import type { DataSource } from '@app/database';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CliProcess, buildProgram } from '../cli-process.js';

const DUE = '2100-01-01T00:00:00.000Z';
const ERROR = 'rejected with 500';

describe('queues', () => {
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

  it('lists a queue with status, state, depth, age and last error', async () => {
    const { integrationId, organizationId } = await blockedQueue();
    const oldest = await database.one<{ at: Date }>(
      'SELECT enqueued_at AS at FROM integration_queue_message WHERE queue_id = $1 AND seq = 1',
      [integrationId],
    );
    expect(await cli.json(['queue', 'list', '--integration', integrationId])).toEqual([
      {
        integrationId,
        organizationId,
        status: 'BLOCKED',
        state: 'READY',
        depth: 2,
        oldestWaitingAt: oldest.at.toISOString(),
        suspendedAt: null,
        blockedAt: expect.any(String),
        attempts: 3,
        lastTriedAt: expect.any(String),
        lastErrorMessage: ERROR,
        nextAttemptAt: DUE,
      },
    ]);
  });

  it('announces no next attempt where only an operator unblocks', async () => {
    const { integrationId } = await blockedQueue();
    const args = ['queue', 'list', '--integration', integrationId];
    expect(await cli.json(args, { RECOVERY_MODE: 'manual' })).toMatchObject([
      { integrationId, nextAttemptAt: null },
    ]);
  });

  it('shows a queue with a message in flight as LOCKED and an empty one without age', async () => {
    const { integrationId } = await seedIntegration(dataSource);
    await database.query(
      `UPDATE integration_queue SET lease_until = clock_timestamp() + interval '1 minute'
       WHERE queue_id = $1`,
      [integrationId],
    );
    expect(await cli.json(['queue', 'list', '--integration', integrationId])).toMatchObject([
      { state: 'LOCKED', depth: 0, oldestWaitingAt: null, lastErrorMessage: null },
    ]);
  });

  it('lists only the queues of the status that was asked for', async () => {
    const blocked = await blockedQueue();
    const healthy = await seedIntegration(dataSource);
    const lists = await Promise.all([
      cli.json<{ integrationId: string }[]>(['queue', 'list', '--status', 'BLOCKED']),
      cli.json<{ integrationId: string }[]>(['queue', 'list', '--status', 'HEALTHY']),
    ]);
    const [ofBlocked, ofHealthy] = lists.map((rows) => rows.map((row) => row.integrationId));
    expect(ofBlocked).toContain(blocked.integrationId);
    expect(ofBlocked).not.toContain(healthy.integrationId);
    expect(ofHealthy).toContain(healthy.integrationId);
    expect(ofHealthy).not.toContain(blocked.integrationId);
  });

  it('has the head of a blocked queue tried at once, and writes down who asked for it', async () => {
    const { integrationId } = await blockedQueue();
    const unblock = ['queue', 'unblock', '--integration', integrationId];
    expect(await cli.json([...unblock, '--reason', 'fixed', '--actor', 'Ada'])).toEqual({
      integrationId,
      unblocked: true,
      status: 'BLOCKED',
    });
    expect(await cli.json(unblock)).toMatchObject({ unblocked: true });
    expect(
      await database.query(
        `SELECT actor, action, reason, after ->> 'dueAt' AS due, acted_at <= clock_timestamp() AS past
         FROM operator_action WHERE queue_id = $1 ORDER BY id`,
        [integrationId],
      ),
    ).toEqual([{ actor: 'Ada', action: 'unblock', reason: 'fixed', due: '-infinity', past: true }]);
    expect(
      await database.one(
        `SELECT status, due_at = '-infinity' AS due FROM integration_queue WHERE queue_id = $1`,
        [integrationId],
      ),
    ).toEqual({ status: 'BLOCKED', due: true });
  });

  it('leaves a healthy queue alone and says so', async () => {
    const { integrationId } = await seedIntegration(dataSource);
    const unblock = ['queue', 'unblock', '--integration', integrationId];
    expect(await cli.json(unblock)).toEqual({ integrationId, unblocked: false, status: 'HEALTHY' });
    const { code, stdout } = await cli.run(unblock);
    expect(code).toBe(0);
    expect(stdout).toBe(
      `integrationId: ${integrationId}\nunblocked: false\nstatus: HEALTHY\n\n` +
        'The queue was not blocked: nothing was done.\n',
    );
    expect(
      await database.query('SELECT FROM operator_action WHERE queue_id = $1', [integrationId]),
    ).toEqual([]);
  });

  it('cannot unblock the queue of an integration that is not there', async () => {
    const unknown = randomUUID();
    expect(await cli.run(['queue', 'unblock', '--integration', unknown])).toEqual({
      code: 1,
      stdout: '',
      stderr: `error: there is no queue of integration ${unknown}; \`integration list\` and \`client list\` show the ids\n`,
    });
  });

  it('prints a table without --json', async () => {
    const { integrationId } = await blockedQueue();
    const { stdout } = await cli.run(['queue', 'list', '--integration', integrationId]);
    const [titles, row] = stdout.split('\n').map((line) => line.split(/ {2,}/));
    expect(titles?.join('|')).toBe(
      'INTEGRATION|STATUS|STATE|SUSPENDED SINCE|DEPTH|OLDEST WAITING|ATTEMPTS|NEXT ATTEMPT|LAST ERROR',
    );
    expect(row?.slice(0, 5)).toEqual([integrationId, 'BLOCKED', 'READY', '-', '2']);
    expect(row?.slice(6)).toEqual(['3', DUE, ERROR]);
  });

  /** Two messages, the first of which failed three times. */
  async function blockedQueue() {
    const integration = await seedIntegration(dataSource);
    const { integrationId } = integration;
    const webhookId = await seedWebhook(dataSource, { integrationId });
    await database.query(
      `SELECT enqueue_messages(array[$1, $1]::uuid[], array[$2, $3]::uuid[], array[$4, $4]::uuid[],
         array['order/created', 'order/created'], array[0, 0], array[0, 1]::bigint[], array['{}', '{}']::bytea[])`,
      [integrationId, randomUUID(), randomUUID(), webhookId],
    );
    await database.query(
      `UPDATE integration_queue SET status = 'BLOCKED', blocked_at = clock_timestamp(), attempts = 3,
         last_tried_at = clock_timestamp(), last_error = $2, due_at = $3 WHERE queue_id = $1`,
      [integrationId, ERROR, DUE],
    );
    return integration;
  }
});
