import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ConfigurationError } from './configuration.errors.js';
import { loadConfiguration } from './load-configuration.js';

const REQUIRED = {
  KAFKA_BROKERS: 'localhost:9092',
  DATABASE_URL: 'postgres://localhost/webhooks',
  SECRETS_KEY: 'k'.repeat(32),
};

const load = (env: NodeJS.ProcessEnv) => loadConfiguration({ ...REQUIRED, ...env });

function faultsOf(env: NodeJS.ProcessEnv): ReadonlyArray<readonly [string, string]> {
  try {
    load(env);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.faults.map(({ name, expected }) => [name, expected] as const);
  }
}

describe('pairs of variables', () => {
  it('needs a lease that outlives an attempt by five seconds', () => {
    expect(faultsOf({ DELIVERY_TIMEOUT_MS: '10000', DELIVERY_LEASE_MS: '15000' })).toEqual([]);
    expect(faultsOf({ DELIVERY_TIMEOUT_MS: '10001', DELIVERY_LEASE_MS: '15000' })).toEqual([
      ['DELIVERY_LEASE_MS', 'at least 15001 (DELIVERY_TIMEOUT_MS + 5000)'],
    ]);
  });

  it('compares a given lease with the default timeout', () => {
    expect(faultsOf({ DELIVERY_LEASE_MS: '14999' })).toEqual([
      ['DELIVERY_LEASE_MS', 'at least 15000 (DELIVERY_TIMEOUT_MS + 5000)'],
    ]);
  });

  it('raises the default lease with the timeout', () => {
    expect(load({ DELIVERY_TIMEOUT_MS: '60000' }).delivery.leaseMs).toBe(65_000);
    expect(load({ DELIVERY_TIMEOUT_MS: '500' }).delivery.leaseMs).toBe(30_000);
  });

  it('ends connecting with the attempt, and says so where more time was asked for', () => {
    const short = load({ DELIVERY_TIMEOUT_MS: '500' });
    expect(short.delivery.connectTimeoutMs).toBe(500);
    expect(short.warnings).toEqual([]);
    const long = load({ DELIVERY_CONNECT_TIMEOUT_MS: '10001' });
    expect(long.delivery.connectTimeoutMs).toBe(10_000);
    expect(long.warnings).toEqual([
      'DELIVERY_CONNECT_TIMEOUT_MS (10001) is longer than DELIVERY_TIMEOUT_MS (10000), ' +
        'which ends the attempt before.',
    ]);
    expect(load({ DELIVERY_CONNECT_TIMEOUT_MS: '60000' }).delivery.connectTimeoutMs).toBe(10_000);
    expect(faultsOf({ DELIVERY_CONNECT_TIMEOUT_MS: '60001' })).toHaveLength(1);
    expect(faultsOf({ DELIVERY_CONNECT_TIMEOUT_MS: '99' })).toHaveLength(1);
  });

  it('keeps the requests to one origin within all requests', () => {
    expect(load({ DELIVERY_CONCURRENCY: '4' }).delivery.concurrencyPerOrigin).toBe(4);
    expect(load({ DELIVERY_CONCURRENCY_PER_ORIGIN: '300' }).delivery.concurrency).toBe(300);
    expect(faultsOf({ DELIVERY_CONCURRENCY: '4', DELIVERY_CONCURRENCY_PER_ORIGIN: '5' })).toEqual([
      ['DELIVERY_CONCURRENCY_PER_ORIGIN', 'at most 4 (DELIVERY_CONCURRENCY)'],
    ]);
  });

  it('takes 0 as never and as no limit', () => {
    const { recovery } = load({ RECOVERY_GIVE_UP_DAYS: '0', RECOVERY_DRAIN_LIMIT: '0' });
    expect([recovery.giveUpAfterMs, recovery.drain]).toEqual([undefined, undefined]);
  });

  it('keeps the shortest pause within the longest', () => {
    expect(load({ RECOVERY_BACKOFF_MAX_MS: '200' }).recovery.backoffMinMs).toBe(200);
    expect(load({ RECOVERY_BACKOFF_MIN_MS: '1000000' }).recovery.backoffMaxMs).toBe(1_000_000);
    expect(faultsOf({ RECOVERY_BACKOFF_MIN_MS: '300', RECOVERY_BACKOFF_MAX_MS: '200' })).toEqual([
      ['RECOVERY_BACKOFF_MAX_MS', 'at least 300 (RECOVERY_BACKOFF_MIN_MS)'],
    ]);
  });

  it('needs user and password with a mechanism, and a mechanism with them', () => {
    expect(faultsOf({ KAFKA_SASL_MECHANISM: 'scram-sha-256' }).map(([name]) => name)).toEqual([
      'KAFKA_SASL_USERNAME',
      'KAFKA_SASL_PASSWORD',
    ]);
    expect(faultsOf({ KAFKA_SASL_PASSWORD: 'x' }).map(([name]) => name)).toEqual([
      'KAFKA_SASL_MECHANISM',
    ]);
    const { kafka } = load({
      KAFKA_SSL: 'true',
      KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512',
      KAFKA_SASL_USERNAME: 'service',
      KAFKA_SASL_PASSWORD: ' spaces count ',
    });
    expect(kafka.sasl).toEqual({
      mechanism: 'scram-sha-512',
      username: 'service',
      password: ' spaces count ',
    });
  });

  it('understands the sslmode of the URL and refuses two answers', () => {
    const url = 'postgres://localhost/webhooks?sslmode=require';
    expect(load({ DATABASE_URL: url }).database).toMatchObject({
      url: 'postgres://localhost/webhooks',
      ssl: { rejectUnauthorized: false },
    });
    expect(faultsOf({ DATABASE_URL: url, DATABASE_SSL: 'verify-full' })).toEqual([
      ['DATABASE_SSL', 'require, the sslmode of DATABASE_URL, or none there'],
    ]);
  });

  it('warns where a shutdown cannot wait for an attempt, and of a password in the clear', () => {
    expect(load({ SHUTDOWN_GRACE_MS: '10000' }).warnings).toEqual([
      expect.stringContaining('SHUTDOWN_GRACE_MS (10000) is not longer'),
    ]);
    const plain = {
      KAFKA_SASL_MECHANISM: 'plain',
      KAFKA_SASL_USERNAME: 'u',
      KAFKA_SASL_PASSWORD: 'p',
    };
    expect(load(plain).warnings).toEqual([expect.stringContaining('in the clear')]);
  });

  it("takes the operator's webhook with its secret alone, and over http where that is allowed", () => {
    const url = 'https://hooks.example/T0/secret-path';
    const key = 'k'.repeat(16);
    const both = { OPERATOR_WEBHOOK_URL: url, OPERATOR_WEBHOOK_SECRET: key };
    expect(load({}).operatorWebhook).toBeUndefined();
    expect(load(both).operatorWebhook).toEqual({ url, secret: key });
    expect(faultsOf({ OPERATOR_WEBHOOK_URL: url })).toEqual([
      ['OPERATOR_WEBHOOK_SECRET', 'a value, as OPERATOR_WEBHOOK_URL is set'],
    ]);
    expect(faultsOf({ OPERATOR_WEBHOOK_SECRET: key })).toEqual([
      ['OPERATOR_WEBHOOK_URL', 'a value, as OPERATOR_WEBHOOK_SECRET is set'],
    ]);
    // What is refused by itself is no fault twice.
    expect(faultsOf({ ...both, OPERATOR_WEBHOOK_SECRET: 'short' })).toEqual([
      ['OPERATOR_WEBHOOK_SECRET', 'at least 16 characters'],
    ]);
    const plain = { ...both, OPERATOR_WEBHOOK_URL: 'HTTP://hooks.example/secret-path' };
    expect(faultsOf(plain)).toEqual([
      ['OPERATOR_WEBHOOK_URL', 'an https URL, or http with DELIVERY_ALLOW_HTTP'],
    ]);
    expect(() => load(plain)).toThrow('OPERATOR_WEBHOOK_URL is "http://hooks.example"');
    expect(load({ ...plain, DELIVERY_ALLOW_HTTP: 'true' }).operatorWebhook?.secret).toBe(key);
  });

  it('refuses an authority for a connection that is not verified', () => {
    const directory = mkdtempSync(join(tmpdir(), 'authority-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const file = join(directory, 'authority.pem');
    writeFileSync(file, '-----BEGIN CERTIFICATE-----');
    expect(faultsOf({ KAFKA_SSL_CA_FILE: file })).toContainEqual([
      'KAFKA_SSL',
      'true with KAFKA_SSL_CA_FILE',
    ]);
    expect(faultsOf({ DATABASE_SSL: 'require', DATABASE_SSL_CA_FILE: file })).toContainEqual([
      'DATABASE_SSL',
      'verify-full with DATABASE_SSL_CA_FILE: no other mode asks who answers',
    ]);
  });
});
