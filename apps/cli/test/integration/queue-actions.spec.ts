import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import type { DataSource } from '@app/database';
import {
  type TestDatabase,
  createTestDatabase,
  seedIntegration,
  seedWebhook,
  waitFor,
} from '@app/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CliProcess, buildProgram } from '../cli-process.js';
import { runDuringRequest } from '../in-flight.js';

interface Scene {
  readonly integrationId: string;
  readonly webhookId: string;
  /** In the order of the queue. */
  readonly messages: readonly string[];
}

describe('actions on queues', () => {
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

  /** A blocked queue of three messages. */
  async function scene(): Promise<Scene> {
    const { integrationId } = await seedIntegration(dataSource);
    const webhookId = await seedWebhook(dataSource, { integrationId });
    const messages = [randomUUID(), randomUUID(), randomUUID()];
    await database.query(
      `SELECT enqueue_messages(array_fill($1::uuid, ARRAY[3]), $2, array_fill($3::uuid, ARRAY[3]),
         array_fill('order/created'::text, ARRAY[3]), array_fill(0, ARRAY[3]), array[0, 1, 2]::bigint[],
         array_fill('{"a":1}'::bytea, ARRAY[3]))`,
      [integrationId, messages, webhookId],
    );
    await database.query(
      `UPDATE integration_queue SET status = 'BLOCKED', blocked_at = clock_timestamp(), attempts = 2,
         last_error = 'answered 503', last_error_code = 'http_status', due_at = '2100-01-01T00:00:00Z'
       WHERE queue_id = $1`,
      [integrationId],
    );
    return { integrationId, webhookId, messages };
  }

  const on = ({ integrationId }: Scene, verb: string, ...more: string[]): string[] => [
    'queue',
    verb,
    '--integration',
    integrationId,
    ...more,
  ];

  it('pause it once, in the name of whoever does so', async () => {
    const queue = await scene();
    const requestId = randomUUID();
    const pause = on(queue, 'pause', '--reason', 'maintenance', '--request-id', requestId);
    const paused = { integrationId: queue.integrationId, outcome: 'CHANGED', dryRun: false };
    expect(await cli.json(pause)).toMatchObject({ ...paused, repeated: false });
    expect(await cli.json(pause)).toMatchObject({ ...paused, repeated: true });
    expect(await cli.json(['audit', 'list', '--integration', queue.integrationId])).toMatchObject([
      { actor: userInfo().username, action: 'pause', reason: 'maintenance', requestId },
    ]);
  });

  it('resume it, where it is not going on anyway', async () => {
    const queue = await scene();
    await database.query(
      'UPDATE integration_queue SET paused_at = clock_timestamp() WHERE queue_id = $1',
      [queue.integrationId],
    );
    const { stdout } = await cli.run(on(queue, 'resume', '--actor', 'Ada'));
    expect(stdout).toBe(
      `integrationId: ${queue.integrationId}\noutcome: CHANGED\nstatus: BLOCKED\ndepth: 3\n\n` +
        'It goes on where it was.\n',
    );
    expect((await cli.run(on(queue, 'resume'))).stdout).toContain(
      'It was so already: nothing was done.',
    );
    const log = ['audit', 'list', '--integration', queue.integrationId];
    expect(await cli.json([...log, '--actor', 'Ada', '--action', 'pause'])).toEqual([]);
    const table = await cli.run([...log, '--limit', '1']);
    expect(table.stdout).toMatch(/^TIME +ACTOR .*REASON\n.* Ada +resume .*\n\nOnly the newest 1;/);
  });

  it('have stopped it when they are answered, and say what they wait for', async () => {
    const queue = await scene();
    let said = '';
    const { code, stdout } = await runDuringRequest(
      database,
      queue.integrationId,
      () =>
        cli.watch(on(queue, 'pause'), (text) => {
          said += text;
        }),
      async () => {
        await waitFor(() => said !== '');
      },
    );
    expect(said).toBe('Waiting for a request that is under way to end.\n');
    expect(code).toBe(0);
    expect(stdout).toContain('Nothing more is sent; events go on being queued.');
  });

  it('say in a dry run what would happen, and do nothing', async () => {
    const queue = await scene();
    const [head = ''] = queue.messages;
    const { stdout } = await cli.run(on(queue, 'skip', '--message', head, '--dry-run'));
    expect(stdout).toContain('A dry run: nothing was done. This is what would happen:\n\n');
    expect(stdout).toContain('It is parked: `queue unskip` puts it back');
    expect(await cli.json(on(queue, 'unblock', '--dry-run'))).toEqual({
      integrationId: queue.integrationId,
      unblocked: true,
      status: 'BLOCKED',
      dryRun: true,
    });
    expect(await cli.json(on(queue, 'show'))).toMatchObject({
      status: 'BLOCKED',
      depth: 3,
      nextAttemptAt: '2100-01-01T00:00:00.000Z',
      parkedMessages: [],
    });
    expect(await cli.json(['audit', 'list', '--integration', queue.integrationId])).toEqual([]);
  });

  it('skip the head and no other message', async () => {
    const queue = await scene();
    const [head = '', second = ''] = queue.messages;
    expect(await cli.run(on(queue, 'skip', '--message', second))).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'error: the message is not the head of the queue; `queue show` begins with the one that is\n',
    });
    const skip = on(queue, 'skip', '--message', head, '--reason', 'broken');
    expect(await cli.json(skip)).toMatchObject({
      outcome: 'CHANGED',
      seq: '1',
      queue: { status: 'HEALTHY', depth: 2 },
    });
    const shown = await cli.run(on(queue, 'show'));
    expect(shown.stdout).toMatch(
      new RegExp(`\nParked:\nSEQ +MESSAGE .*\n1 +${head} .* broken\n\nLast:\nSEQ`),
    );
    expect(await cli.json(['message', 'show', '--id', head])).toMatchObject({
      id: head,
      copies: [{ seq: '1', status: 'PARKED', setAside: { reason: 'broken' }, attempts: [] }],
    });
  });

  it('put a parked message back', async () => {
    const queue = await scene();
    const [head = ''] = queue.messages;
    await cli.json(on(queue, 'skip', '--message', head));
    const { stdout } = await cli.run(on(queue, 'unskip', '--message', head));
    expect(stdout).toContain('\nplace: HEAD\n');
    expect(stdout).toContain('It is the head of the queue again.');
  });

  it('discard a message for a reason', async () => {
    const queue = await scene();
    const [head = '', second = ''] = queue.messages;
    const discard = on(queue, 'discard', '--message', head);
    expect(await cli.run(discard)).toMatchObject({ code: 2, stdout: '' });
    expect(await cli.json([...discard, '--reason', 'spam'])).toMatchObject({ outcome: 'CHANGED' });
    expect(await cli.json(on(queue, 'show'))).toMatchObject({
      depth: 2,
      lastMessages: [{ messageId: head, status: 'DISCARDED' }],
      nextMessages: [{ messageId: second }, { status: 'QUEUED' }],
    });
  });

  it('send what was delivered once more, to an endpoint that may be called', async () => {
    const queue = await scene();
    await database.query(
      `UPDATE integration_queue SET head_seq = 4, status = 'HEALTHY', blocked_at = NULL WHERE queue_id = $1`,
      [queue.integrationId],
    );
    const range = ['--from', '2020-01-01T00:00:00Z', '--to', '2100-01-01T00:00:00+02:00'];
    const { stdout } = await cli.run(on(queue, 'replay', ...range));
    expect(stdout).toContain('\nmessages: 3\nfirstSeq: 4\n');
    expect(stdout).toContain('3 messages sent once more, with the same ids.');
    const local = ['--endpoint', 'https://127.0.0.1/', '--dry-run'];
    const refused = await cli.run(on(queue, 'replay', ...range, ...local));
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/^error: endPoint: The endpoint /);
  });

  it('set how it recovers', async () => {
    const queue = await scene();
    const set = on(queue, 'set-recovery', '--mode', 'probe');
    expect(await cli.json([...set, '--backoff-min', '2s', '--backoff-max', '1h'])).toMatchObject({
      outcome: 'CHANGED',
      after: { recoveryMode: 'probe', backoffMaxMs: 3_600_000 },
    });
    const shown = await cli.run(on(queue, 'show'));
    expect(shown.stdout).toContain(
      '\nrecovery: PROBE\nrecoverySetTo: PROBE\nbackoffMs: 2000 to 3600000\n',
    );
    expect(await cli.json(on(queue, 'set-recovery', '--mode', 'configured'))).toMatchObject({
      after: { recoveryMode: null, backoffMinMs: null },
    });
    const half = await cli.run([...set, '--backoff-min', '2s']);
    expect(half).toMatchObject({ code: 1, stdout: '' });
  });

  it('need something to act on', async () => {
    const id = randomUUID();
    const unknown = await cli.run(['queue', 'pause', '--integration', id]);
    expect(unknown.stderr).toBe(
      `error: there is no queue of integration ${id}; \`integration list\` and \`client list\` show the ids\n`,
    );
    const message = await cli.run(['message', 'show', '--id', id]);
    expect(message).toMatchObject({ code: 1, stdout: '' });
    expect(message.stderr).toContain(`error: there is no message ${id}`);
    const letter = await cli.run(['dead-letter', 'show', '--id', '77']);
    expect(letter.stderr).toBe(
      'error: there is no dead letter 77; `dead-letter list` shows the ids\n',
    );
  });

  it('are seen in a message with its attempts and, on request, its body', async () => {
    const queue = await scene();
    const [head = ''] = queue.messages;
    await database.query(
      `INSERT INTO delivery_attempt (queue_id, seq, attempt, message_id, webhook_id, started_at, duration_ms,
         outcome, status_code, code, error, excerpt)
       VALUES ($1, 1, 1, $2, $3, now(), 12, 'rejected', 503, 'http_status', 'answered 503', $4)`,
      [queue.integrationId, head, queue.webhookId, Buffer.from('no\u001b[2J')],
    );
    const { stdout } = await cli.run(['message', 'show', '--id', head]);
    expect(stdout).toMatch(
      /\n1 +2026.* 12 +rejected +503 +http_status +answered 503 +no\ufffd\[2J\n/u,
    );
    expect(stdout).not.toContain('"a"');
    expect(await cli.json(['message', 'show', '--id', head, '--body'])).toMatchObject({
      body: '{"a":1}',
      copies: [{ attempts: [{ attempt: 1, excerpt: 'no\u001b[2J' }] }],
    });
  });

  it('leave dead letters alone, which are shown one by one', async () => {
    const { id } = await database.one<{ id: string }>(
      `INSERT INTO ingest_dead_letter (topic, partition, "offset", record_timestamp, headers, value, reason, detail)
       VALUES ('order.created', 0, 1, 1, '[{"name":"trace","value":"YQ=="}]', 'abc', 'not_json', 'found')
       RETURNING id`,
    );
    const show = ['dead-letter', 'show', '--id', id];
    const { stdout } = await cli.run(show);
    expect(stdout).toContain(`id: ${id}\ntopic: order.created\n`);
    expect(stdout).toContain('\nheaders: trace\n');
    expect(await cli.json(show)).not.toHaveProperty('value');
    expect(await cli.json([...show, '--value'])).toMatchObject({
      value: 'abc',
      valueBase64: 'YWJj',
    });
  });

  it('include a redrive of dead letters', async () => {
    const { integrationId } = await scene();
    const { organizationId } = await database.one<{ organizationId: string }>(
      'SELECT organization_id AS "organizationId" FROM integration_queue WHERE queue_id = $1',
      [integrationId],
    );
    await database.query(
      `INSERT INTO ingest_dead_letter (topic, partition, "offset", record_timestamp, headers, value, reason, detail)
       SELECT 'order.updated', 0, n, (extract(epoch FROM clock_timestamp()) * 1000)::bigint, '[]', value::bytea,
              'not_json', '' FROM unnest($1::text[]) WITH ORDINALITY AS v (value, n)`,
      [[JSON.stringify({ organizationId }), 'none']],
    );
    const redrive = ['dead-letter', 'redrive', '--topic', 'order.updated'];
    const { stdout } = await cli.run([...redrive, '--dead-reason', 'not_json', '--dry-run']);
    expect(stdout).toMatch(
      /^redriven: 1\nmessages: -\nstillDeadCount: 1\nremaining: 0\n\nA dry run/,
    );
    expect(await cli.json([...redrive, '--reason', 'repaired'])).toMatchObject({
      redriven: 1,
      messages: 1,
      stillDead: [{ reason: 'not_json' }],
    });
  });
});
