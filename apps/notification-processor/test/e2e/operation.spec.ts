import { ORGANIZATION_TOPICS } from '@app/events';
import {
  Deployment,
  startDeployment,
  TEST_SECRETS_KEY,
  TestReceiver,
  urlOfDatabase,
  waitFor,
  withAdmin,
  type LogLine,
  type ServiceProcess,
} from '@app/testing';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let receiver: TestReceiver;

beforeAll(async () => {
  receiver = await TestReceiver.start();
});

afterAll(async () => {
  await receiver.close();
});

const failures = ({ log }: ServiceProcess): LogLine[] =>
  log.lines.filter(({ level }) => level === 'error' || level === 'fatal');

describe('replicas that start at once on an empty broker and an empty database', () => {
  let deployment: Deployment;
  let emptyUrl: string;

  beforeAll(async () => {
    deployment = await Deployment.create();
    const { name } = await deployment.database.one<{ name: string }>(
      `SELECT current_database() || '_empty' AS name`,
    );
    await deployment.database.query(`CREATE DATABASE ${name}`);
    emptyUrl = urlOfDatabase(deployment.database.url, name);
  });

  afterAll(async () => {
    for (const replica of deployment.replicas) replica.kill('SIGKILL');
    await Promise.all(deployment.replicas.map(({ exited }) => exited));
    await deployment.database.query(
      `DROP DATABASE ${new URL(emptyUrl).pathname.slice(1)} WITH (FORCE)`,
    );
    await deployment.dispose();
  });

  it('migrate once, create the topics, and are ready without an error', async () => {
    const replicas = await Promise.all(
      Array.from({ length: 3 }, () => deployment.start({ DATABASE_URL: emptyUrl })),
    );

    expect(replicas.flatMap(failures)).toEqual([]);
    const applied = replicas.flatMap(({ log }) => log.of('database.migrated'));
    expect(applied.filter(({ migrations }) => (migrations as unknown[]).length > 0)).toHaveLength(
      1,
    );
    const client = new Client({ connectionString: emptyUrl });
    await client.connect();
    const { rows } = await client.query('SELECT to_regclass($1) AS queue', ['integration_queue']);
    await client.end();
    expect(rows).toEqual([{ queue: 'integration_queue' }]);
    const topics = await withAdmin(deployment.brokers, (admin) => admin.listTopics());
    const wanted = [
      ...ORGANIZATION_TOPICS,
      'applications.message.process',
      'applications.message.failed',
      'applications.queue.status',
    ].map((name) => deployment.topic(name));
    expect(topics).toEqual(expect.arrayContaining(wanted));
    for (const replica of replicas) {
      expect(await replica.health('live')).toEqual({ status: 200, body: { status: 'live' } });
      expect(await replica.health('ready')).toEqual({
        status: 200,
        body: { ready: true, missing: [] },
      });
    }
  });
});

describe('processes of one role each', () => {
  let deployment: Deployment;
  let ingest: ServiceProcess;
  let deliver: ServiceProcess;

  beforeAll(async () => {
    // The sweeper sleeps for an hour, so that only a wake-up can have a message delivered.
    deployment = await Deployment.create({ env: { SWEEP_INTERVAL_MS: '3600000' } });
    [ingest, deliver] = await Promise.all([
      deployment.start({ ROLES: 'ingest' }),
      deployment.start({ ROLES: 'deliver' }),
    ]);
  });

  afterAll(async () => {
    await deployment.dispose();
  });

  it('work together over the wake-up topic', async () => {
    const { integrationId, organizationId } = await deployment.integration();
    await deployment.webhook({ integrationId, endPoint: receiver.url('/roles') });
    for (let n = 1; n <= 3; n += 1) {
      const value = JSON.stringify({ organizationId, n });
      await deployment.publish({ topic: 'order.created', value });
      await receiver.waitForCount(n, { path: '/roles' });
    }

    await waitFor(() => deliver.log.of('delivery.attempted').length === 3);
    await waitFor(() => ingest.log.of('batch.enqueued').length === 3);
    expect(ingest.log.of('delivery.attempted')).toEqual([]);
    expect(deliver.log.of('batch.enqueued')).toEqual([]);
    const consumers = ({ log }: ServiceProcess) => [
      ...new Set(log.of('group.joined').map(({ consumer }) => consumer)),
    ];
    expect(consumers(ingest)).toEqual(['domain']);
    expect(consumers(deliver)).toEqual(['wake-ups']);
  });
});

describe('the log', () => {
  const BODY = 'text-of-the-body';
  const HEADER = 'value-of-the-custom-header';
  const ANSWER = 'text-of-the-answer';
  let deployment: Deployment;
  let service: ServiceProcess;

  beforeAll(async () => {
    deployment = await startDeployment({ env: { LOG_LEVEL: 'trace' } });
    const [first] = deployment.replicas;
    if (first === undefined) throw new Error('no replica');
    service = first;
  });

  afterAll(async () => {
    await deployment.dispose();
  });

  it('has one wide line for a batch and one for an attempt, in JSON like every line', async () => {
    const { integrationId, organizationId } = await deployment.integration();
    const webhookId = await deployment.webhook({ integrationId, endPoint: receiver.url('/wide') });
    const value = JSON.stringify({ organizationId });

    await deployment.publish(...[1, 2, 3].map(() => ({ topic: 'order.created', value })));

    await waitFor(() => service.log.of('delivery.attempted').length === 3);
    expect(service.log.of('batch.enqueued')).toEqual([
      expect.objectContaining({
        level: 'info',
        records: 3,
        messages: 3,
        duplicates: 0,
        queues: 1,
        woken: 1,
        deadLetters: {},
        durationMs: expect.any(Number) as number,
      }),
    ]);
    expect(service.log.of('delivery.attempted')[2]).toMatchObject({
      level: 'info',
      integrationId,
      organizationId,
      webhookId,
      type: 'order/created',
      seq: '3',
      attempt: 1,
      outcome: 'delivered',
      statusCode: 200,
      bytes: value.length,
    });
    expect(service.log.unstructured).toEqual([]);
    for (const line of service.log.lines) {
      expect(line).toMatchObject({
        level: expect.any(String) as string,
        event: expect.stringMatching(/^[a-z_]+\.[a-z_]+$/) as string,
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) as string,
      });
    }
  });

  it('contains no secret, body, custom header or answer, whatever happens', async () => {
    const integration = await deployment.integration();
    const { integrationId, organizationId, clientSecret, token } = integration;
    const headers = { 'x-api-key': HEADER };
    const failing = receiver.url('/leaks/failing');
    receiver.script(
      '/leaks/failing',
      { kind: 'answer', status: 500, body: ANSWER, headers: { 'x-answer': ANSWER } },
      { kind: 'redirect', location: `http://127.0.0.1/${ANSWER}` },
      { kind: 'reset' },
      { kind: 'raw', bytes: `${ANSWER}\r\n\r\n` },
      { kind: 'answer' },
    );
    await deployment.webhook({ integrationId, endPoint: failing, headers });
    const publish = (value: string) => deployment.publish({ topic: 'order.created', value });

    await publish(JSON.stringify({ organizationId, a: BODY }));
    await publish(`{"organizationId":"${organizationId}","a":"${BODY}`);
    await publish(JSON.stringify({ organizationId: [BODY] }));
    await receiver.waitForCount(5, { path: '/leaks/failing', timeoutMs: 15_000 });
    // An error of the database, which a driver reports with the whole statement and its parameters.
    await deployment.database.query(
      'ALTER TABLE integration_queue_message ADD CHECK (false) NOT VALID',
    );
    await publish(JSON.stringify({ organizationId, a: BODY, b: 1 }));
    await service.log.waitFor(
      ({ event, reason }) => event === 'record.dead_lettered' && reason === 'not_storable',
    );
    await deployment.database.query('ALTER TABLE integration_webhook RENAME TO elsewhere');
    await publish(JSON.stringify({ organizationId, a: BODY, c: 1 }));
    await service.log.waitFor('batch.failed');
    await deployment.database.query('ALTER TABLE elsewhere RENAME TO integration_webhook');
    expect(await service.stop()).toEqual({ code: 0, signal: null });

    const reasons = service.log.of('record.dead_lettered').map(({ reason }) => reason);
    expect(reasons).toEqual(expect.arrayContaining(['not_json', 'organization_invalid']));
    for (const secret of [BODY, HEADER, ANSWER, clientSecret, token, TEST_SECRETS_KEY]) {
      expect(service.log.text).not.toContain(secret);
    }
    expect(service.log.unstructured).toEqual([]);
  });
});
