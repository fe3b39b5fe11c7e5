import {
  ClientAuthenticator,
  ClientCredentialsQuery,
  DeliveryKeysQuery,
  SecretCipher,
} from '@app/applications';
import type { DataSource } from '@app/database';
import {
  type SeededIntegration,
  TEST_SECRETS_KEY,
  type TestDatabase,
  createTestDatabase,
  seedIntegration,
} from '@app/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CliProcess, buildProgram } from '../cli-process.js';

interface Rotation {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly signsFrom: string;
}

const DAY_MS = 86_400_000;
const cipher = new SecretCipher(TEST_SECRETS_KEY);

describe('the client secrets of an application', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let cli: CliProcess;
  let application: SeededIntegration;
  beforeAll(async () => {
    await buildProgram();
    database = await createTestDatabase();
    dataSource = await database.dataSource();
    cli = new CliProcess(database.url);
  }, 180_000);
  beforeEach(async () => {
    application = await seedIntegration(dataSource);
  });
  afterAll(() => database.drop());

  it('overlap for a day: both are accepted, the former one signs', async () => {
    const { clientId, clientSecret: former } = application;
    const before = await databaseNow();
    const rotated = await cli.json<Rotation>(rotate());
    const after = await databaseNow();
    const { clientSecret, signsFrom } = rotated;
    expect(rotated).toEqual({
      clientId,
      clientSecret: expect.stringMatching(/^[\w-]{43}$/),
      signsFrom: expect.any(String),
    });
    expect(clientSecret).not.toBe(former);
    expect(Date.parse(signsFrom)).toBeGreaterThanOrEqual(before + DAY_MS);
    expect(Date.parse(signsFrom)).toBeLessThanOrEqual(after + DAY_MS);
    expect(await signing()).toBe(former);
    expect(await accepted(former, clientSecret)).toEqual([true, true]);
    expect(await cli.json(secrets())).toEqual([
      { secret: 'current', signs: false, validUntil: null, keyId: cipher.keyId },
      { secret: 'former', signs: true, validUntil: signsFrom, keyId: cipher.keyId },
    ]);
  });

  it('overlap for as long as was asked', async () => {
    const before = await databaseNow();
    const { signsFrom } = await cli.json<Rotation>([...rotate(), '--overlap', '15m']);
    const after = await databaseNow();
    expect(Date.parse(signsFrom) - 900_000).toBeGreaterThanOrEqual(before);
    expect(Date.parse(signsFrom) - 900_000).toBeLessThanOrEqual(after);
  });

  it('when the overlap is over: the new one alone is accepted and signs', async () => {
    const { clientSecret: former, clientId } = application;
    const { clientSecret } = await cli.json<Rotation>(rotate());
    await database.query(
      'UPDATE application SET former_valid_until = clock_timestamp() WHERE client_id = $1',
      [clientId],
    );
    expect(await signing()).toBe(clientSecret);
    expect(await accepted(former, clientSecret)).toEqual([false, true]);
    expect(await cli.json(secrets())).toEqual([
      { secret: 'current', signs: true, validUntil: null, keyId: cipher.keyId },
    ]);
  });

  it('do not overlap with 0: the new one alone is accepted and signs at once', async () => {
    const { clientSecret: former } = application;
    const { clientSecret } = await cli.json<Rotation>([...rotate(), '--overlap', '0']);
    expect(await signing()).toBe(clientSecret);
    expect(await accepted(former, clientSecret)).toEqual([false, true]);
  });

  it('are explained in plain words, the new one shown once', async () => {
    const { clientId, clientSecret: former } = application;
    const { stdout } = await cli.run(rotate());
    const [, secret, end] = /clientSecret: (\S{43})\nsignsFrom: (\S+Z)\n/.exec(stdout) ?? [];
    expect(stdout).toBe(
      `clientId: ${clientId}\nclientSecret: ${secret}\nsignsFrom: ${end}\n\n` +
        'The new client secret is shown this once and cannot be read again.\n\n' +
        `Until ${end} both secrets are accepted at the token endpoint, and the former one signs what ` +
        'is delivered.\n\n' +
        `From ${end} on the new one signs and it alone is accepted: by then give it to those who ` +
        'verify signatures. `application end-former-secret` brings this forward.\n',
    );
    const lists = await Promise.all([
      cli.run(secrets()),
      cli.run([...secrets(), '--json']),
      cli.run(['application', 'list', '--json']),
    ]);
    for (const list of lists) {
      expect(list.stdout).not.toContain(secret);
      expect(list.stdout).not.toContain(former);
      expect(list.stdout).not.toContain('v1:');
    }
    expect(lists[0].stdout.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
      ['SECRET', 'SIGNS', 'VALID UNTIL', 'ENCRYPTED WITH KEY'],
      ['current', 'no', 'it is replaced', cipher.keyId],
      ['former', 'yes', end, cipher.keyId],
      [''],
    ]);
  });

  it('without overlap are explained as well', async () => {
    const { stdout } = await cli.run([...rotate(), '--overlap', '0']);
    expect(stdout).toContain(
      'The former one has ended: the token endpoint refuses it from now on, and the new one signs what ' +
        'is delivered, everywhere within 30 s.\n',
    );
    expect(stdout.match(/\b[\w-]{43}\b/g)).toHaveLength(1);
  });

  it('are not replaced while they overlap', async () => {
    const { clientId, clientSecret: former } = application;
    const { clientSecret, signsFrom } = await cli.json<Rotation>(rotate());
    expect(await cli.run([...rotate(), '--overlap', '0'])).toEqual({
      code: 1,
      stdout: '',
      stderr:
        `error: the client secret of ${clientId} is being replaced already: the former one is valid until ` +
        `${signsFrom}; wait until then, or end it now with \`application end-former-secret\`: ` +
        'from then on the current one signs\n',
    });
    expect(await accepted(former, clientSecret)).toEqual([true, true]);
  });

  it('stop overlapping when an operator says so', async () => {
    const { clientId, clientSecret: former } = application;
    const { clientSecret } = await cli.json<Rotation>(rotate());
    expect(await cli.json(endFormer())).toEqual({ clientId, ended: true });
    expect(await signing()).toBe(clientSecret);
    expect(await accepted(former, clientSecret)).toEqual([false, true]);
    const again = await cli.run(endFormer());
    expect(again).toEqual({
      code: 0,
      stdout:
        `clientId: ${clientId}\nended: false\n\n` +
        'There was no former secret that still counted: nothing was done.\n',
      stderr: '',
    });
    expect(await cli.json(rotate())).toMatchObject({ clientId });
  });

  it.each(['rotate-secret', 'end-former-secret', 'secrets'])(
    '%s knows no application that is not there',
    async (verb) => {
      expect(await cli.run(['application', verb, '--client-id', 'nobody'])).toEqual({
        code: 1,
        stdout: '',
        stderr:
          'error: there is no application with client id nobody; `application list` shows the client ids\n',
      });
    },
  );

  const rotate = () => ['application', 'rotate-secret', '--client-id', application.clientId];
  const secrets = () => ['application', 'secrets', '--client-id', application.clientId];
  const endFormer = () => ['application', 'end-former-secret', '--client-id', application.clientId];

  /** As a replica that has cached nothing yet. */
  async function signing(): Promise<string> {
    const query = new DeliveryKeysQuery(dataSource, cipher);
    return (await query.execute(application.applicationId)).secret.export().toString();
  }

  /** Which of these the token endpoint accepts. */
  function accepted(...candidates: string[]): Promise<boolean[]> {
    const authenticator = new ClientAuthenticator(new ClientCredentialsQuery(dataSource), cipher);
    return Promise.all(
      candidates.map((secret) =>
        authenticator.authenticate(application.clientId, secret).then(
          () => true,
          () => false,
        ),
      ),
    );
  }

  async function databaseNow(): Promise<number> {
    const { now } = await database.one<{ now: Date }>('SELECT clock_timestamp() AS now');
    return now.getTime();
  }
});
