import { describe, expect, it } from 'vitest';
import { ConfigurationError } from './configuration.errors.js';
import { loadConfiguration } from './load-configuration.js';

const KEY = 'k'.repeat(32);
const SECONDARY = 's'.repeat(32);
const REQUIRED = {
  DATABASE_URL: 'postgres://user:hunter2@localhost:5432/webhooks',
  SECRETS_KEY: KEY,
};

const api = (env: NodeJS.ProcessEnv = {}) =>
  loadConfiguration({ ...REQUIRED, ...env }, { for: 'api' });

function refusal(env: NodeJS.ProcessEnv): ConfigurationError {
  try {
    api(env);
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
    throw error;
  }
  throw new Error('the environment was accepted');
}

/** Wrong in every part of the table that the API does not read, or reads alone. */
const FAULTS_OF_API = {
  API_PORT: 'x',
  API_METRICS_PORT: '65536',
  API_INTROSPECTION: 'x',
  API_GRAPHIQL: 'x',
  API_CORS_ORIGINS: 'x',
  API_RATE_LIMIT_PER_SECOND: '0',
  API_RATE_LIMIT_PER_MINUTE: 'x',
  TOKEN_SIGNING_KEYS: 'x',
  TOKEN_JWKS_URL: 'x',
};

describe('the configuration of the subscriptions API', () => {
  it('needs neither a broker nor more than a database and a key', () => {
    expect(api()).toEqual({
      database: { url: REQUIRED.DATABASE_URL, ssl: false, poolSize: 10, migrate: true },
      delivery: {
        allowHttp: false,
        allowedPorts: [],
        allowedNetworks: [],
        allowedHosts: [],
        deniedNetworks: [],
      },
      recovery: { mode: 'probe' },
      redrive: { maxBytes: 1_048_576, clockSkewMs: 300_000, deliveryOrderUpdated: false },
      secretsKeys: { current: KEY, secondary: undefined },
      warnings: [],
      api: {
        port: 3000,
        metricsPort: undefined,
        introspection: true,
        graphiql: true,
        corsOrigins: [],
        rateLimit: { perSecond: 100, perMinute: 1_000 },
      },
      dispatch: { deliveryOrderUpdated: false },
      tokens: { signingKeys: [], jwksUrl: undefined },
      lifecycle: { startTimeoutMs: 60_000, shutdownGraceMs: 25_000 },
      log: { level: 'info', format: 'json' },
    });
    expect(() => loadConfiguration({}, { for: 'api' })).toThrow(/2 faults/);
  });

  it('hides in production what only developers look at, unless it is told otherwise', () => {
    const shown = (env: NodeJS.ProcessEnv) => {
      const { introspection, graphiql } = api(env).api;
      return { introspection, graphiql };
    };
    const NODE_ENV = 'production';
    expect(shown({ NODE_ENV })).toEqual({ introspection: false, graphiql: false });
    expect(shown({ NODE_ENV, API_INTROSPECTION: 'true' })).toEqual({
      introspection: true,
      graphiql: false,
    });
    expect(shown({ NODE_ENV, API_GRAPHIQL: '1' })).toEqual({
      introspection: false,
      graphiql: true,
    });
    expect(shown({ NODE_ENV: 'development' })).toEqual({ introspection: true, graphiql: true });
    expect(shown({ API_GRAPHIQL: 'false', API_INTROSPECTION: '0' })).toEqual({
      introspection: false,
      graphiql: false,
    });
  });

  it('takes what it is given', () => {
    const configuration = api({
      SECRETS_KEY_SECONDARY: SECONDARY,
      API_PORT: '0',
      API_CORS_ORIGINS: 'https://app.example.com',
      API_RATE_LIMIT_PER_SECOND: '5',
      API_RATE_LIMIT_PER_MINUTE: '7',
      TOKEN_SIGNING_KEYS: `b:${SECONDARY},a:${KEY}`,
      TOKEN_JWKS_URL: 'https://id.example/jwks',
      DELIVERY_ALLOWED_PORTS: '8443',
      DELIVERY_ALLOWED_NETWORKS: '10.0.0.0/8',
      DELIVERY_ALLOW_HTTP: 'true',
      DISPATCH_DELIVERY_ORDER_UPDATED: 'true',
      RECOVERY_MODE: 'manual',
    });
    expect(configuration).toMatchObject({
      secretsKeys: { current: KEY, secondary: SECONDARY },
      api: {
        port: 0,
        corsOrigins: ['https://app.example.com'],
        rateLimit: { perSecond: 5, perMinute: 7 },
      },
      tokens: {
        signingKeys: [
          { keyId: 'b', secret: SECONDARY },
          { keyId: 'a', secret: KEY },
        ],
        jwksUrl: 'https://id.example/jwks',
      },
      delivery: { allowHttp: true, allowedPorts: [8_443], allowedNetworks: ['10.0.0.0/8'] },
      dispatch: { deliveryOrderUpdated: true },
      recovery: { mode: 'manual' },
      warnings: [],
    });
  });

  it('lists its own faults, all at once, and none of what it does not read', () => {
    const env = { ...FAULTS_OF_API, KAFKA_BROKERS: ',', ROLES: 'x', DELIVERY_LEASE_MS: 'x' };
    expect(
      refusal(env)
        .faults.map(({ name }) => name)
        .sort(),
    ).toEqual(Object.keys(FAULTS_OF_API).sort());
  });

  it('shows no secret in what it says of them', () => {
    const { message } = refusal({
      SECRETS_KEY: 'secret-1',
      SECRETS_KEY_SECONDARY: 'secret-2',
      TOKEN_SIGNING_KEYS: 'secret-3-secret-3-secret-3-secret-3:id',
      TOKEN_JWKS_URL: 'https://user:secret-4@id.example/',
      DATABASE_URL: 'mysql://user:secret-5@localhost/db',
    });
    for (const name of ['SECRETS_KEY', 'SECRETS_KEY_SECONDARY', 'TOKEN_SIGNING_KEYS']) {
      expect(message).toContain(`${name} is "***`);
    }
    expect(message).toContain('TOKEN_JWKS_URL');
    expect(message).not.toMatch(/secret-\d/);
  });
});

describe('the other processes', () => {
  const processorEnv = { ...REQUIRED, KAFKA_BROKERS: 'localhost:9092' };

  it.each(['processor', 'cli'] as const)('do not look at what is the API’s alone: %s', (kind) => {
    const loaded = loadConfiguration({ ...processorEnv, ...FAULTS_OF_API }, { for: kind });
    expect(loaded.warnings).toEqual([]);
    expect(loaded.database.url).toBe(REQUIRED.DATABASE_URL);
  });

  it.each(['processor', 'cli'] as const)('read the secondary key as well: %s', (kind) => {
    const env = { ...processorEnv, SECRETS_KEY_SECONDARY: SECONDARY };
    expect(loadConfiguration(env, { for: kind }).secretsKeys).toEqual({
      current: KEY,
      secondary: SECONDARY,
    });
  });
});
