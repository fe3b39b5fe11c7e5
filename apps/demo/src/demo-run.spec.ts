import { loadConfiguration } from '@app/platform';
import { describe, expect, it } from 'vitest';
import { childEnvironment, newRun, settingsOf } from './demo-run.js';

const SERVERS = {
  brokers: ['127.0.0.1:9092'],
  databaseUrl: 'postgres://u:p@127.0.0.1:5432/main?application_name=x',
};

describe('the settings of a run', () => {
  it('are accepted by the service, with names that no other run has', () => {
    const [one, other] = [newRun('/data'), newRun('/data')].map((run) =>
      loadConfiguration(settingsOf(run, SERVERS, {})),
    );
    expect(one?.kafka.topicPrefix).toMatch(/^demo\.[0-9a-f]{8}\.$/);
    for (const name of ['topicPrefix', 'groupId'] as const) {
      expect(one?.kafka[name]).not.toBe(other?.kafka[name]);
    }
    expect(one?.database.url).not.toBe(other?.database.url);
    expect(one?.database.url).toMatch(/5432\/happycolis_demo_[0-9a-f]{8}\?application_name=x$/);
    expect(one?.dispatch.deliveryOrderUpdated).toBe(true);
  });

  it('keep the way to given servers and nothing else of the caller', () => {
    const inherited = {
      KAFKA_BROKERS: 'k:9092',
      KAFKA_SASL_USERNAME: 'user',
      DATABASE_SSL: 'require',
      ROLES: 'ingest',
      SECRETS_KEY_FILE: '/key',
      PATH: '/bin',
    };
    const settings = settingsOf(newRun('/data'), SERVERS, inherited);
    expect(settings).toMatchObject({ KAFKA_SASL_USERNAME: 'user' });
    const child = childEnvironment(settings, inherited);
    expect(child['PATH']).toBe('/bin');
    for (const name of ['ROLES', 'SECRETS_KEY_FILE', 'DATABASE_SSL']) {
      expect(child, name).not.toHaveProperty(name);
    }
  });
});
