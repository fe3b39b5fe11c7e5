import { randomBytes } from 'node:crypto';
import { type Server, createServer } from 'node:net';
import { type TestDatabase, createTestDatabase, urlOfDatabase } from '@app/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { CliProcess, buildProgram } from '../cli-process.js';

const PASSWORD = 'hunter2-hunter2';

describe('the database of the command line', () => {
  let maintenance: TestDatabase;
  beforeAll(async () => {
    await buildProgram();
    maintenance = await createTestDatabase();
  }, 180_000);
  afterAll(() => maintenance.drop());

  describe('without a schema', () => {
    let name: string;
    let cli: CliProcess;
    beforeEach(async () => {
      name = `webhooks_test_empty_${randomBytes(8).toString('hex')}`;
      await maintenance.query(`CREATE DATABASE ${name}`);
      cli = new CliProcess(urlOfDatabase(inject('infrastructure').databaseUrl, name));
      return () => maintenance.query(`DROP DATABASE ${name} WITH (FORCE)`);
    });

    it('is migrated in passing', async () => {
      expect(await cli.json(['queue', 'list'])).toEqual([]);
      expect(await cli.json(['migrate'])).toEqual({ applied: [] });
    });

    it('is left alone with DATABASE_MIGRATE=false, until it is migrated on demand', async () => {
      const kept = { DATABASE_MIGRATE: 'false' };
      const refused = await cli.run(['queue', 'list', '--json'], kept);
      expect(refused).toMatchObject({ code: 1, stdout: '' });
      expect(refused.stderr).toMatch(
        /^error: the database lacks .*run the command `migrate` first\n$/,
      );
      const { applied } = await cli.json<{ applied: string[] }>(['migrate'], kept);
      expect(applied).toContain('InitialSchema1763700000000');
      expect(await cli.json(['queue', 'list'], kept)).toEqual([]);
      expect((await cli.run(['migrate'], kept)).stdout).toBe('The schema is up to date.\n');
    });

    it('is migrated once by several commands at the same time', async () => {
      const runs = await Promise.all([1, 2, 3].map(() => cli.json(['application', 'list'])));
      expect(runs).toEqual([[], [], []]);
    });
  });

  describe('out of reach', () => {
    it('is named with host and database when nothing listens there', async () => {
      const port = await closedPort();
      const cli = new CliProcess(`postgres://user:${PASSWORD}@127.0.0.1:${port}/webhooks`);
      expect(await cli.run(['queue', 'list', '--json'])).toEqual({
        code: 1,
        stdout: '',
        stderr:
          `error: no session with PostgreSQL at 127.0.0.1:${port}, database "webhooks": nothing listens ` +
          'there (connection refused); check DATABASE_URL and that the server runs\n',
      });
    });

    it('is given up on when it accepts connections and never answers', async () => {
      const server = createServer();
      const port = await listening(server);
      const cli = new CliProcess(`postgres://user:${PASSWORD}@127.0.0.1:${port}/webhooks`);
      const { code, stderr } = await cli.run(['queue', 'list']);
      server.close();
      expect(code).toBe(1);
      expect(stderr).toContain(`127.0.0.1:${port}, database "webhooks": it does not answer`);
    });

    it('is not there: the reason is the server’s own, without the password', async () => {
      const url = new URL(urlOfDatabase(maintenance.url, 'webhooks_absent'));
      const { code, stderr } = await new CliProcess(url.href).run(['queue', 'list']);
      expect(code).toBe(1);
      expect(stderr).toContain('database "webhooks_absent" does not exist');
      const stranger = new URL(maintenance.url);
      stranger.username = 'webhooks_stranger';
      stranger.password = PASSWORD;
      const refused = await new CliProcess(stranger.href).run(['queue', 'list']);
      expect(refused.code).toBe(1);
      expect(refused.stderr).toContain('webhooks_stranger');
      expect(refused.stderr).not.toContain(PASSWORD);
    });
  });

  it('lists every fault of the configuration, secrets masked', async () => {
    const cli = new CliProcess(`mysql://user:${PASSWORD}@localhost/db`);
    const { code, stdout, stderr } = await cli.run(['queue', 'list', '--json'], {
      SECRETS_KEY: 'short',
      RECOVERY_MODE: 'never',
    });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^error: The configuration has 3 faults:\n {2}DATABASE_URL is /);
    expect(stderr).not.toMatch(new RegExp(`${PASSWORD}|"short"`));
  });

  it('warns of a misspelt variable without touching standard output', async () => {
    const cli = new CliProcess(maintenance.url);
    const run = await cli.run(['queue', 'list', '--json'], { RECOVERY_MOED: 'manual' });
    expect(run).toEqual({
      code: 0,
      stdout: '[]\n',
      stderr:
        'warning: RECOVERY_MOED is not a variable of this service; did you mean RECOVERY_MODE?\n',
    });
  });

  it('prints nothing but the JSON through the launcher too, and hands the exit code on', async () => {
    const cli = new CliProcess(maintenance.url);
    expect(await cli.launch(['application', 'list', '--json'])).toEqual({
      code: 0,
      stdout: '[]\n',
      stderr: '',
    });
    const { code, stdout, stderr } = await cli.launch(['queue', 'lst', '--json']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain("error: unknown command 'lst'\n(Did you mean list?)");
  });
});

function listening(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : 0);
    });
  });
}

/** A port that was free a moment ago. */
async function closedPort(): Promise<number> {
  const server = createServer();
  const port = await listening(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}
