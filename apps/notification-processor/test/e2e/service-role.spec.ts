import { randomBytes } from 'node:crypto';
import {
  Deployment,
  receivedEvents,
  runCommand,
  TestReceiver,
  waitFor,
  type ApiClient,
  type ServiceEnvironment,
} from '@app/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROLE = `happycolis_service_${randomBytes(4).toString('hex')}`;
const PASSWORD = randomBytes(12).toString('hex');

let deployment: Deployment;
let receiver: TestReceiver;
let asService: ServiceEnvironment;
let api: ApiClient;

beforeAll(async () => {
  [deployment, receiver] = await Promise.all([Deployment.create(), TestReceiver.start()]);
  const url = new URL(deployment.database.url);
  url.username = ROLE;
  url.password = PASSWORD;
  asService = { DATABASE_URL: url.href, DATABASE_MIGRATE: 'false' };
  await deployment.database.query(`CREATE ROLE ${ROLE} LOGIN PASSWORD '${PASSWORD}'`);
});
afterAll(async () => {
  const processes = [...deployment.replicas, ...deployment.apis];
  for (const each of processes) each.kill('SIGKILL');
  await Promise.all(processes.map((each) => each.exited));
  await deployment.database.query(`DROP OWNED BY ${ROLE}`);
  await deployment.database.query(`DROP ROLE ${ROLE}`);
  await deployment.dispose();
  await receiver.close();
});

/** A statement as the role of the service. */
async function tryAsService(sql: string): Promise<string> {
  const { Client } = await import('pg');
  const client = new Client({ connectionString: String(asService['DATABASE_URL']) });
  await client.connect();
  try {
    await client.query(sql);
    return 'done';
  } catch (error) {
    return (error as Error).message;
  } finally {
    await client.end();
  }
}

describe('a role that owns nothing', () => {
  it('can do nothing before it is let, and a role that is not there is named', async () => {
    expect(await tryAsService('SELECT FROM application')).toContain('permission denied');
    const { code, stderr } = await runCommand(deployment.environment, [
      'migrate',
      '--grant-to',
      'nobody-of-this-name',
    ]);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining('the server has no role "nobody-of-this-name"'),
    });
  });

  it('runs the service: subscriptions, deliveries, partitions that are made and dropped', async () => {
    const granted = ['migrate', '--grant-to', ROLE, '--json'];
    expect(await deployment.command(...granted)).toEqual({ applied: [], grantTo: ROLE });
    expect(await deployment.command(...granted)).toEqual({ applied: [], grantTo: ROLE });
    await deployment.database.query(
      `SELECT add_partition('delivery_attempt', (now() - interval '30 days')::date)`,
    );
    const service = await deployment.start(asService);
    api = await deployment.startApi(asService);
    const { token, organizationId } = await deployment.integration();
    const { id } = await api.create(token, { endPoint: receiver.url('/role') });
    await deployment.publish({
      topic: 'order.created',
      value: JSON.stringify({ organizationId }),
    });

    await waitFor(() => receivedEvents(receiver, '/role').length === 1);
    expect(receivedEvents(receiver, '/role')).toMatchObject([{ webhookId: id }]);
    await service.log.waitFor('retention.finished');
    expect(service.log.of('partition.dropped')).toMatchObject([
      { partition: expect.stringMatching(/^delivery_attempt_/) },
    ]);
    expect(service.log.lines.filter(({ level }) => level === 'error')).toEqual([]);
  });

  it('makes the partitions of a database where none are', async () => {
    const partitions = await deployment.database.query<{ name: string }>(
      `SELECT name FROM day_partitions('delivery_attempt')`,
    );
    for (const { name } of partitions) await deployment.database.query(`DROP TABLE ${name}`);

    expect(await tryAsService('SELECT make_partitions(clock_timestamp())')).toBe('done');

    expect(
      await deployment.database.query(`SELECT name FROM day_partitions('delivery_attempt')`),
    ).toHaveLength(4);
    expect(await tryAsService('SELECT FROM delivery_attempt')).toBe('done');
  });

  it('owns nothing, changes no table, and says nothing of migrations', async () => {
    const owned = await deployment.database.query(
      'SELECT relname FROM pg_class WHERE relowner = $1::regrole',
      [ROLE],
    );
    expect(owned).toEqual([]);
    for (const sql of [
      'CREATE TABLE mine (id integer)',
      'ALTER TABLE application ADD COLUMN mine text',
      'DROP TABLE application',
      'TRUNCATE delivery_attempt',
      'CREATE FUNCTION mine() RETURNS integer LANGUAGE sql AS $$SELECT 1$$',
      `ALTER FUNCTION make_partitions(timestamptz) OWNER TO ${ROLE}`,
      `INSERT INTO schema_migration (timestamp, name) VALUES (1, 'x')`,
    ])
      expect(await tryAsService(sql)).toMatch(/permission denied|must be owner/);
  });
});
