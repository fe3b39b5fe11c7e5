import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigurationError } from './configuration.errors.js';
import { loadConfiguration } from './load-configuration.js';

const KEY = 'k'.repeat(32);
const REQUIRED = {
  KAFKA_BROKERS: 'localhost:9092',
  DATABASE_URL: 'postgres://user:hunter2@localhost:5432/webhooks',
  SECRETS_KEY: KEY,
};

function refusal(env: NodeJS.ProcessEnv): ConfigurationError {
  try {
    loadConfiguration(env);
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
    throw error;
  }
  throw new Error('the environment was accepted');
}

const faultyNames = (env: NodeJS.ProcessEnv) => refusal(env).faults.map(({ name }) => name);

describe('loadConfiguration', () => {
  let directory: string;
  const file = (name: string, text: string) => {
    const path = join(directory, name);
    writeFileSync(path, text);
    return path;
  };
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'configuration-'));
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  it('needs three variables and defaults the rest', () => {
    expect(loadConfiguration(REQUIRED)).toEqual({
      database: { url: REQUIRED.DATABASE_URL, ssl: false, poolSize: 10, migrate: true },
      delivery: {
        allowHttp: false,
        allowedPorts: [],
        allowedNetworks: [],
        allowedHosts: [],
        deniedNetworks: [],
        timeoutMs: 10_000,
        connectTimeoutMs: 3_000,
        leaseMs: 30_000,
        concurrency: 256,
        concurrencyPerOrigin: 128,
        ahead: 8,
        challenge: false,
        trustedCertificates: [],
        proxy: undefined,
      },
      secretsKeys: { current: KEY, secondary: undefined },
      warnings: [],
      redrive: { maxBytes: 1_048_576, clockSkewMs: 300_000, deliveryOrderUpdated: false },
      roles: { ingest: true, deliver: true },
      ports: { processor: 3001 },
      kafka: {
        brokers: ['localhost:9092'],
        clientId: 'happycolis-webhooks',
        groupId: 'happycolis-webhooks',
        wakeupGroupId: 'happycolis-webhooks-wakeup',
        topicPrefix: '',
        createTopics: true,
        topicPartitions: 3,
        topicReplication: 1,
        ssl: false,
        sasl: undefined,
      },
      ingest: { maxBytes: 1_048_576, batchSize: 500, clockSkewMs: 300_000 },
      dispatch: { deliveryOrderUpdated: false },
      sweep: { intervalMs: 1_000 },
      recovery: {
        mode: 'probe',
        backoffMinMs: 5_000,
        backoffMaxMs: 900_000,
        giveUpAfterMs: 432_000_000,
        drain: { start: 5, limit: 100 },
      },
      retention: { days: 14 },
      lifecycle: { startTimeoutMs: 60_000, shutdownGraceMs: 25_000 },
      log: { level: 'info', format: 'json' },
    });
  });

  it('lists every fault at once, with name, value and expectation', () => {
    const { faults, message } = refusal({ PROCESSOR_PORT: '70000', RECOVERY_MODE: 'never' });
    expect(faults).toEqual([
      { name: 'KAFKA_BROKERS', value: undefined, expected: expect.stringContaining('host:port') },
      { name: 'DATABASE_URL', value: undefined, expected: expect.stringContaining('postgres://') },
      { name: 'SECRETS_KEY', value: undefined, expected: expect.stringContaining('32 characters') },
      { name: 'PROCESSOR_PORT', value: '70000', expected: expect.stringContaining('0 to 65535') },
      { name: 'RECOVERY_MODE', value: 'never', expected: 'one of probe, manual' },
    ]);
    expect(message.split('\n')).toHaveLength(6);
    expect(message).toContain('PROCESSOR_PORT is "70000"; expected a port from 0 to 65535');
  });

  it('takes an empty text for an absent one', () => {
    const env = { ...REQUIRED, PROCESSOR_PORT: '', ROLES: ' ' };
    expect(loadConfiguration(env).ports.processor).toBe(3001);
    expect(faultyNames({ ...REQUIRED, SECRETS_KEY: '' })).toEqual(['SECRETS_KEY']);
  });

  it('keeps messages for a day at least, and for ten years at most', () => {
    expect(loadConfiguration({ ...REQUIRED, RETENTION_DAYS: '3650' }).retention.days).toBe(3_650);
    expect(faultyNames({ ...REQUIRED, RETENTION_DAYS: '0' })).toEqual(['RETENTION_DAYS']);
    expect(faultyNames({ ...REQUIRED, RETENTION_DAYS: '3651' })).toEqual(['RETENTION_DAYS']);
  });

  it('shows neither a secret nor the password of a refused URL', () => {
    const { message } = refusal({
      KAFKA_BROKERS: 'localhost:9092',
      SECRETS_KEY: 'short-secret',
      DATABASE_URL: 'mysql://user:hunter2@localhost/db',
    });
    expect(message).toContain('SECRETS_KEY is "*** (12 characters)"');
    expect(message).toContain('DATABASE_URL is "mysql://user:***@localhost/db"');
    expect(message).not.toMatch(/short-secret|hunter2/);
  });

  it('reads a secret from the file that is named and trims the newline at its end', () => {
    const env = { ...REQUIRED, SECRETS_KEY: undefined, SECRETS_KEY_FILE: file('key', `${KEY}\n`) };
    expect(loadConfiguration(env).secretsKeys.current).toBe(KEY);
  });

  it('refuses a secret that is given twice, and a file that cannot be read', () => {
    const twice = { ...REQUIRED, SECRETS_KEY_FILE: file('key', KEY) };
    expect(faultyNames(twice)).toEqual(['SECRETS_KEY_FILE']);
    const absent = { ...REQUIRED, DATABASE_URL: '', DATABASE_URL_FILE: join(directory, 'none') };
    expect(refusal(absent).faults).toEqual([
      {
        name: 'DATABASE_URL_FILE',
        value: join(directory, 'none'),
        expected: 'a readable file (ENOENT)',
      },
    ]);
  });

  it('does not repeat a fault of a variable as a fault of its combination', () => {
    const env = {
      ...REQUIRED,
      KAFKA_SASL_MECHANISM: 'plain',
      KAFKA_SASL_USERNAME: 'service',
      KAFKA_SASL_PASSWORD_FILE: join(directory, 'none'),
    };
    expect(faultyNames(env)).toEqual(['KAFKA_SASL_PASSWORD_FILE']);
  });

  it('hands over the certificates of the named files', () => {
    const pem = '-----BEGIN CERTIFICATE-----\nMII=\n-----END CERTIFICATE-----\n';
    const { kafka, database } = loadConfiguration({
      ...REQUIRED,
      KAFKA_SSL: 'true',
      KAFKA_SSL_CA_FILE: file('kafka.pem', pem),
      DATABASE_SSL: 'verify-full',
      DATABASE_SSL_CA_FILE: file('database.pem', pem),
    });
    expect(kafka.ssl).toEqual({ rejectUnauthorized: true, ca: pem });
    expect(database.ssl).toEqual({ rejectUnauthorized: true, ca: pem });
    const noPem = { ...REQUIRED, KAFKA_SSL: '1', KAFKA_SSL_CA_FILE: file('text', 'hello') };
    expect(faultyNames(noPem)).toEqual(['KAFKA_SSL_CA_FILE']);
  });

  it('asks a command line for neither broker nor ports', () => {
    const { KAFKA_BROKERS: _, ...env } = REQUIRED;
    const cli = loadConfiguration({ ...env, API_PORT: 'not looked at' }, { for: 'cli' });
    expect(cli.database.url).toBe(REQUIRED.DATABASE_URL);
    expect(cli.recovery).toEqual({ mode: 'probe' });
    expect(Object.keys(cli).sort()).toEqual([
      'database',
      'delivery',
      'recovery',
      'redrive',
      'secretsKeys',
      'warnings',
    ]);
    expect(() => loadConfiguration({}, { for: 'cli' })).toThrow(/2 faults/);
  });

  it('warns of names that look like its own and are not', () => {
    const env = { ...REQUIRED, DELIVERY_TIMEOUT: '5', ROLE: 'ingest', PATH: '/bin', HOME: '/' };
    expect(loadConfiguration(env).warnings).toEqual([
      'DELIVERY_TIMEOUT is not a variable of this service and has no effect.',
      'ROLE is not a variable of this service; did you mean ROLES?',
    ]);
  });
});
