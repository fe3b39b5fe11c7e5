import { randomBytes } from 'node:crypto';
import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { VARIABLES } from '@app/platform';
import type { Environment } from './process-environment.js';

/** Names that belong to one run, so that runs beside each other, and a real service, never meet. */
export interface DemoRun {
  readonly id: string;
  readonly databaseName: string;
  readonly topicPrefix: string;
  readonly groupId: string;
  readonly secretsKey: string;
  /** The lines of the two programs, JSON. */
  readonly logFile: string;
  readonly apiLogFile: string;
  /** Variables for commands by hand, while the run stays up. */
  readonly environmentFile: string;
}

/** As many logs of earlier runs are left for whoever wants to read on: two of each. */
const KEPT_LOGS = 10;

/** Removes what runs long ago have left in the directory. */
export function removeOldLogs(directory: string): void {
  const logs = readdirSync(directory)
    .filter((name) => /^demo-[0-9a-f]{8}(\.api)?\.log$/.test(name))
    .map((name) => join(directory, name))
    .map((path) => ({ path, time: statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
    .sort((a, b) => b.time - a.time);
  for (const { path } of logs.slice(KEPT_LOGS)) rmSync(path, { force: true });
}

export function newRun(directory: string): DemoRun {
  const id = randomBytes(4).toString('hex');
  return {
    id,
    databaseName: `happycolis_demo_${id}`,
    topicPrefix: `demo.${id}.`,
    groupId: `happycolis-demo-${id}`,
    secretsKey: randomBytes(48).toString('base64url'),
    logFile: join(directory, `demo-${id}.log`),
    apiLogFile: join(directory, `demo-${id}.api.log`),
    environmentFile: join(directory, `demo-${id}.env`),
  };
}

export interface Servers {
  readonly brokers: readonly string[];
  /** Any database of the server; the run gets one of its own. */
  readonly databaseUrl: string;
}

/** The way to a given server is the caller's to choose; everything else is the run's. */
const OF_GIVEN_BROKERS =
  /^KAFKA_(SSL|SSL_CA_FILE|SASL_MECHANISM|SASL_USERNAME|SASL_PASSWORD|SASL_PASSWORD_FILE|TOPIC_REPLICATION)$/;
const OF_GIVEN_DATABASE = /^DATABASE_(SSL|SSL_CA_FILE)$/;

/**
 * The service's own variables for this run. Probes begin after 2 s: long enough to see a queue
 * blocked, short enough to wait for.
 */
export function settingsOf(run: DemoRun, servers: Servers, inherited: Environment): Environment {
  return {
    ...kept(inherited),
    KAFKA_BROKERS: servers.brokers.join(','),
    KAFKA_TOPIC_PREFIX: run.topicPrefix,
    KAFKA_GROUP_ID: run.groupId,
    DATABASE_URL: urlOf(servers.databaseUrl, run.databaseName),
    SECRETS_KEY: run.secretsKey,
    API_PORT: '0',
    PROCESSOR_PORT: '0',
    DELIVERY_ALLOW_HTTP: 'true',
    DELIVERY_ALLOWED_NETWORKS: '127.0.0.0/8',
    DISPATCH_DELIVERY_ORDER_UPDATED: 'true',
    RECOVERY_BACKOFF_MIN_MS: '2000',
    RECOVERY_BACKOFF_MAX_MS: '60000',
    SWEEP_INTERVAL_MS: '250',
    SHUTDOWN_GRACE_MS: '5000',
  };
}

/** The environment of a child process: the caller's, with none of the service's variables but ours. */
export function childEnvironment(settings: Environment, inherited: Environment): Environment {
  const foreign = Object.entries(inherited).filter(([name]) => !isOfService(name));
  return { ...Object.fromEntries(foreign), ...settings };
}

export function urlOf(serverUrl: string, database: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  return url.href;
}

function kept(inherited: Environment): Environment {
  const wanted = (name: string): boolean =>
    (Boolean(inherited['KAFKA_BROKERS']) && OF_GIVEN_BROKERS.test(name)) ||
    (Boolean(inherited['DATABASE_URL']) && OF_GIVEN_DATABASE.test(name));
  return Object.fromEntries(Object.entries(inherited).filter(([name]) => wanted(name)));
}

function isOfService(name: string): boolean {
  return Object.hasOwn(VARIABLES, name.replace(/_FILE$/, '')) || Object.hasOwn(VARIABLES, name);
}
