import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Deployment,
  receivedEvents,
  runCommand,
  startSecuredKafka,
  startSecuredPostgres,
  TestAuthority,
  TestReceiver,
  verifySignature,
  waitFor,
  withAdmin,
  type LogLine,
  type SecuredKafka,
  type SecuredPostgres,
  type SeededIntegration,
  type ServiceEnvironment,
  type ServiceProcess,
  type TestSaslMechanism,
} from '@app/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const USERNAME = 'webhooks';
const PASSWORDS = {
  plain: 'known-to-plain',
  'scram-sha-256': 'known-to-scram-256',
  'scram-sha-512': 'known-to-scram-512',
} as const;
const MECHANISMS = Object.keys(PASSWORDS) as TestSaslMechanism[];

/** Every wrong password, so that no output may hold one. */
const WRONG = 'wrong-password';

let directory: string;
let kafka: SecuredKafka;
let postgres: SecuredPostgres;
let deployment: Deployment;
let receiver: TestReceiver;
let integration: SeededIntegration;
/** Paths: of the authority that both servers were certified by, and of one that they were not. */
let authority: string;
let stranger: string;

beforeAll(async () => {
  const certifying = new TestAuthority();
  const certificate = certifying.issue({ names: ['127.0.0.1'] });
  directory = mkdtempSync(join(tmpdir(), 'authorities-'));
  authority = writePem('authority.pem', certifying);
  stranger = writePem('stranger.pem', new TestAuthority());
  [kafka, postgres, receiver] = await Promise.all([
    startSecuredKafka({ certificate, username: USERNAME, passwords: PASSWORDS }),
    startSecuredPostgres(certificate),
    TestReceiver.start(),
  ]);
  deployment = await Deployment.create({ infrastructure: kafkaAndPostgres() });
  integration = await deployment.integration();
  await deployment.webhook({ ...integration, endPoint: receiver.url('/secured') });
  // A broker that has just started refuses groups until it has loaded them: the service tries again, and says so.
  const isLoaded = (): Promise<boolean> =>
    withAdmin(kafka.brokers, (admin) => admin.fetchOffsets({ groupId: deployment.groupId })).then(
      () => true,
      () => false,
    );
  await waitFor(isLoaded, { timeoutMs: 60_000 });
});

afterAll(async () => {
  await deployment?.dispose();
  await Promise.all([receiver?.close(), kafka?.dispose(), postgres?.dispose()]);
  rmSync(directory, { recursive: true });
});

function writePem(name: string, { certificate }: TestAuthority): string {
  const path = join(directory, name);
  writeFileSync(path, certificate);
  return path;
}

/** The test's own way to the servers needs no TLS; the service's does. */
const kafkaAndPostgres = () => ({ brokers: kafka.brokers, databaseUrl: postgres.databaseUrl });

function securedBy(mechanism: TestSaslMechanism): ServiceEnvironment {
  return {
    KAFKA_BROKERS: kafka.securedBrokers.join(','),
    KAFKA_SSL: 'true',
    KAFKA_SSL_CA_FILE: authority,
    KAFKA_SASL_MECHANISM: mechanism,
    KAFKA_SASL_USERNAME: USERNAME,
    KAFKA_SASL_PASSWORD: PASSWORDS[mechanism],
    DATABASE_URL: postgres.secured(deployment.database.url),
    DATABASE_SSL: 'verify-full',
    DATABASE_SSL_CA_FILE: authority,
  };
}

const at = (url: string, host: string): string => url.replace('127.0.0.1', host);

/** Neither what the servers were told nor what they should have been told. */
function expectNoPassword(service: ServiceProcess): void {
  for (const password of [...Object.values(PASSWORDS), postgres.password, WRONG])
    expect(service.log.text).not.toContain(password);
}

const problems = (service: ServiceProcess): LogLine[] =>
  service.log.lines.filter(({ level }) => !['debug', 'info'].includes(level));

async function expectDelivery(n: string): Promise<void> {
  const before = receiver.requests.length;
  const value = `{"organizationId":"${integration.organizationId}","by":"${n}"}`;
  await deployment.publish({ topic: 'product.updated', value });
  await receiver.waitForCount(before + 1, { timeoutMs: 15_000 });
  const [event, ...others] = receivedEvents(receiver).slice(before);
  if (event === undefined || others.length > 0) throw new Error('not one delivery');
  expect(event.body.toString()).toBe(value);
  const { body, headers } = event.request;
  const signature = headers['x-happycolis-webhook-signature'];
  expect(verifySignature({ body, signature, clientSecret: integration.clientSecret })).toBe(true);
}

/** Of the service's sessions, whether they are encrypted. */
const sessions = () =>
  deployment.database.query<{ ssl: boolean; usename: string }>(
    `SELECT DISTINCT ssl, usename FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
     WHERE datname = current_database() AND application_name LIKE 'happycolis-webhooks%'`,
  );

describe('servers that speak TLS and ask who we are', () => {
  it.each(MECHANISMS)('get an event through, with SASL by %s', async (mechanism) => {
    const service = await deployment.start(securedBy(mechanism));

    await expectDelivery(mechanism);

    expect(await sessions()).toEqual([{ ssl: true, usename: 'over_tls' }]);
    expect(await service.stop()).toEqual({ code: 0, signal: null });
    expect(problems(service)).toEqual([]);
    expectNoPassword(service);
  });

  it('need no known authority for the database where DATABASE_SSL is require', async () => {
    const service = await deployment.start({
      ...securedBy('plain'),
      DATABASE_SSL: 'require',
      DATABASE_SSL_CA_FILE: undefined,
    });

    await expectDelivery('require');

    expect(await sessions()).toEqual([{ ssl: true, usename: 'over_tls' }]);
    expect(await service.stop()).toEqual({ code: 0, signal: null });
  });

  it('let the command line in, and are refused by it where nobody vouches for them', async () => {
    const env = { ...deployment.environment, ...securedBy('plain') };
    const [trusting, doubting] = await Promise.all([
      runCommand(env, ['queue', 'list']),
      runCommand({ ...env, DATABASE_SSL_CA_FILE: stranger }, ['queue', 'list']),
    ]);

    expect(trusting).toMatchObject({ code: 0, stderr: '' });
    expect(trusting.stdout).toContain(integration.integrationId);
    expect(doubting).toMatchObject({ code: 1, stdout: '' });
    expect(doubting.stderr).toMatch(/certificate/);
    expect(doubting.stderr).not.toContain(postgres.password);
  });
});

/** What is changed of the configuration for `plain`, and what the last line has to say about it. */
type Refusal = readonly [name: string, change: () => ServiceEnvironment, says: RegExp];

const KAFKA_REFUSALS: readonly Refusal[] = [
  [
    'a wrong password by plain',
    () => ({ KAFKA_SASL_PASSWORD: WRONG }),
    /Kafka refused the credentials .*PLAIN authentication failed.*KAFKA_SASL_PASSWORD/,
  ],
  [
    "another mechanism's password by scram-sha-512",
    () => ({ ...securedBy('scram-sha-512'), KAFKA_SASL_PASSWORD: PASSWORDS['scram-sha-256'] }),
    /Kafka refused the credentials .*SHA512 authentication failed.*KAFKA_SASL_PASSWORD/,
  ],
  [
    'a user that the broker does not know',
    () => ({ ...securedBy('scram-sha-256'), KAFKA_SASL_USERNAME: 'nobody' }),
    /Kafka refused the credentials .*KAFKA_SASL_USERNAME/,
  ],
  [
    'a broker whose authority is not a public one',
    () => ({ KAFKA_SSL_CA_FILE: undefined }),
    /certificate of the Kafka broker is not trusted.*KAFKA_SSL_CA_FILE/,
  ],
  [
    "a broker of somebody else's authority",
    () => ({ KAFKA_SSL_CA_FILE: stranger }),
    /certificate of the Kafka broker is not trusted.*KAFKA_SSL_CA_FILE/,
  ],
  [
    'a broker whose certificate is for another host',
    () => ({ KAFKA_BROKERS: at(kafka.securedBrokers.join(','), 'localhost') }),
    /certificate of the Kafka broker is not trusted.*altnames.*KAFKA_BROKERS/,
  ],
];

const DATABASE_REFUSALS: readonly Refusal[] = [
  [
    'a wrong password of the database',
    () => ({
      DATABASE_URL: postgres
        .secured(deployment.database.url)
        .replace(`:${postgres.password}@`, `:${WRONG}@`),
    }),
    /password authentication failed.*DATABASE_URL/,
  ],
  [
    'a database whose authority is not a public one',
    () => ({ DATABASE_SSL_CA_FILE: undefined }),
    /certificate of the database server is not trusted.*DATABASE_SSL_CA_FILE/,
  ],
  [
    'a database whose certificate is for another host',
    () => ({ DATABASE_URL: at(postgres.secured(deployment.database.url), 'localhost') }),
    /certificate of the database server is not trusted.*altnames.*DATABASE_URL/,
  ],
  [
    'a database that lets nobody in without TLS',
    () => ({ DATABASE_SSL: 'disable', DATABASE_SSL_CA_FILE: undefined }),
    /no encryption.*DATABASE_SSL/,
  ],
];

describe.concurrent('the start', () => {
  it.each([...KAFKA_REFUSALS, ...DATABASE_REFUSALS])(
    'ends at once, says why and keeps the secret: %s',
    async (_name, change, says) => {
      const service = deployment.launch({ ...securedBy('plain'), ...change() });

      expect(await service.exited).toEqual({ code: 1, signal: null });

      const last = service.log.lines.at(-1);
      const error = { message: expect.stringMatching(says) as string };
      expect(last).toMatchObject({ event: 'process.ended', level: 'fatal', error });
      // Tried once: nothing was waited for that does not come.
      expect(service.log.of('broker.awaited')).toEqual([]);
      expect(service.log.of('database.awaited')).toEqual([]);
      expect(service.log.unstructured).toEqual([]);
      expectNoPassword(service);
    },
  );
});
