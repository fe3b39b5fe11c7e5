import { once } from 'node:events';
import { createServer } from 'node:net';
import { ORGANIZATION_TOPICS } from '@app/events';
import {
  createTopics,
  Deployment,
  freePort,
  waitFor,
  withAdmin,
  type ServiceEnvironment,
  type ServiceProcess,
} from '@app/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const PASSWORD = 'never-to-be-printed';
const SECRET_KEY = 'a-key-of-more-than-32-characters-never-to-be-printed';

let deployment: Deployment;

beforeAll(async () => {
  deployment = await Deployment.create();
});

afterAll(async () => {
  await deployment.dispose();
});

/** The end of a process that could not start: its exit code and its last line. */
async function endOf(service: ServiceProcess) {
  await waitFor(() => service.hasExited, { timeoutMs: 20_000 });
  const { code } = await service.exited;
  const last = service.log.lines.at(-1);
  return { code, event: last?.event, level: last?.level, message: String(last?.['message']) };
}

const launch = (env: ServiceEnvironment): ServiceProcess => deployment.launch(env);

/** Launches with a known port for health checks, and waits until it answers them. */
async function launchAnswering(env: ServiceEnvironment) {
  const port = await freePort();
  const service = launch({ PROCESSOR_PORT: String(port), START_TIMEOUT_MS: '2500', ...env });
  await service.log.waitFor(
    ({ event, step }) => event === 'boot_step.finished' && step === 'answer health checks',
  );
  return { service, url: `http://127.0.0.1:${port}` };
}

describe('a start without what the service needs', () => {
  it('tells that the database is missing while it waits for it, and ends when the time is over', async () => {
    const port = await freePort();
    const { service, url } = await launchAnswering({
      DATABASE_URL: `postgres://service:${PASSWORD}@127.0.0.1:${port}/webhooks`,
    });
    await service.log.waitFor('database.awaited');

    expect(await service.health('live', url)).toMatchObject({ status: 200 });
    expect(await service.health('ready', url)).toEqual({
      status: 503,
      body: {
        ready: false,
        missing: [
          'The service is starting: connect the database.',
          'The database is not connected.',
        ],
      },
    });
    const { message, ...end } = await endOf(service);
    expect(end).toEqual({ code: 1, event: 'process.ended', level: 'fatal' });
    expect(message).toContain('it cannot start');
    const error = service.log.lines.at(-1)?.['error'] as { message: string };
    expect(error.message).toContain('DATABASE_URL');
    expect(error.message).toMatch(/not there after \d\.\d s and \d+ attempts/);
    expect(service.log.text).not.toContain(PASSWORD);
  });

  it('tells that the broker is missing while it waits for it, and ends when the time is over', async () => {
    const broker = `127.0.0.1:${await freePort()}`;
    const { service, url } = await launchAnswering({ KAFKA_BROKERS: broker });
    await service.log.waitFor('broker.awaited');

    expect(await service.health('live', url)).toMatchObject({ status: 200 });
    expect(await service.health('ready', url)).toEqual({
      status: 503,
      body: {
        ready: false,
        missing: ['The service is starting: find the broker and its topics.'],
      },
    });
    expect(await endOf(service)).toMatchObject({ code: 1, event: 'process.ended' });
    const error = service.log.lines.at(-1)?.['error'] as { message: string };
    expect(error.message).toContain(`KAFKA_BROKERS: ${broker}`);
  });

  it('does not wait for what time cannot heal: a database that does not exist', async () => {
    const url = new URL(deployment.database.url);
    url.pathname = '/there_is_no_such_database';
    const service = launch({ DATABASE_URL: url.href, START_TIMEOUT_MS: '600000' });
    expect(await endOf(service)).toMatchObject({ code: 1, event: 'process.ended' });
    expect(service.log.text).toContain('there_is_no_such_database');
  });

  it("names the operator's webhook where it could never be called, without its path", async () => {
    const service = launch({
      OPERATOR_WEBHOOK_URL: 'https://10.1.2.3/secret-path',
      OPERATOR_WEBHOOK_SECRET: 'secret-of-the-operator',
    });
    expect(await endOf(service)).toMatchObject({ code: 1, event: 'process.ended', level: 'fatal' });
    const error = service.log.lines.at(-1)?.['error'] as { message: string };
    expect(error.message).toBe(
      'OPERATOR_WEBHOOK_URL cannot be called: The endpoint has the address 10.1.2.3, which is not a public address',
    );
    expect(service.log.text).not.toContain('secret-');
  });

  it('names the topics that are missing where it may not create them', async () => {
    const missing = ['order.created', 'applications.message.failed'];
    const present = [
      ...ORGANIZATION_TOPICS,
      'applications.message.process',
      'applications.queue.status',
    ]
      .filter((name) => !missing.includes(name))
      .map((name) => deployment.topic(name));
    await createTopics(deployment.brokers, present);

    const service = launch({ KAFKA_CREATE_TOPICS: 'false' });

    expect(await endOf(service)).toMatchObject({ code: 1, event: 'process.ended' });
    const error = service.log.lines.at(-1)?.['error'] as { message: string };
    const names = missing.map((name) => deployment.topic(name)).join(', ');
    expect(error.message).toContain(`2 Kafka topics are missing: ${names}. `);
    expect(error.message).toContain('KAFKA_CREATE_TOPICS=true');
    const topics = await withAdmin(deployment.brokers, (admin) => admin.listTopics());
    expect(topics).not.toContain(deployment.topic('order.created'));
  });

  it('names the migrations that are missing where it may not run them', async () => {
    const removed = await deployment.database.query<{ name: string; timestamp: string }>(
      'DELETE FROM schema_migration WHERE id = (SELECT max(id) FROM schema_migration) RETURNING *',
    );
    const service = launch({ DATABASE_MIGRATE: 'false' });
    expect(await endOf(service)).toMatchObject({ code: 1, event: 'process.ended' });
    const error = service.log.lines.at(-1)?.['error'] as { message: string };
    expect(error.message).toContain(removed[0]?.name);
    await deployment.database.query(
      'INSERT INTO schema_migration (timestamp, name) VALUES ($1, $2)',
      [removed[0]?.timestamp, removed[0]?.name],
    );
  });

  it('names the port that somebody else has', async () => {
    const other = createServer().listen(0);
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    const service = launch({ PROCESSOR_PORT: String(port) });
    expect(await endOf(service)).toMatchObject({ code: 1, event: 'process.ended' });
    const error = service.log.lines.at(-1)?.['error'] as { message: string };
    expect(error.message).toContain(`PROCESSOR_PORT: port ${port} is in use`);
    other.close();
  });
});

describe('a faulty configuration', () => {
  it('is refused with all its faults at once, each with name, value and expectation', async () => {
    const service = launch({
      KAFKA_BROKERS: undefined,
      DATABASE_URL: `postgres://service:${PASSWORD}@127.0.0.1:99999/webhooks`,
      SECRETS_KEY: SECRET_KEY.slice(0, 20),
      DELIVERY_TIMEOUT_MS: 'soon',
      DELIVERY_ALLOWED_NETWORKS: '127.0.0.0/99',
      ROLES: 'ingest,dance',
      RECOVERY_MODE: 'sometimes',
      PROCESSOR_PORT: '-1',
    });

    expect((await endOf(service)).code).toBe(1);
    const { text, lines } = service.log;
    expect(lines).toEqual([]);
    expect(text).toContain('The configuration has 8 faults:');
    for (const told of [
      'KAFKA_BROKERS is missing',
      'DATABASE_URL is',
      'SECRETS_KEY is',
      'DELIVERY_TIMEOUT_MS is "soon"; expected',
      'DELIVERY_ALLOWED_NETWORKS is "127.0.0.0/99"; expected',
      'ROLES is "ingest,dance"; expected',
      'RECOVERY_MODE is "sometimes"; expected',
      'PROCESSOR_PORT is "-1"; expected',
    ]) {
      expect(text).toContain(told);
    }
    expect(text).not.toContain(PASSWORD);
    expect(text).not.toContain(SECRET_KEY.slice(0, 20));
  });
});
