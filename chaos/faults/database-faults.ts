import { setTimeout as delay } from 'node:timers/promises';
import type { Stage } from '../world/stage.js';
import type { FaultAction } from './fault-context.js';

const SESSION = 'webhooks-chaos';

/** Of pg_stat_activity: every session of the service; those of the suite have names of their own. */
export const OF_THE_SERVICE = `datname = current_database()
  AND application_name NOT IN ('${SESSION}', 'test', 'test-data-source')`;

const END_SESSIONS = `
  SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${OF_THE_SERVICE}`;

export const databaseKill: FaultAction = async ({ stage, forMs }) => {
  await stage.servers.postgres.kill();
  await delay(forMs);
  await stage.servers.postgres.start();
  return { detail: `PostgreSQL was killed and away for ${forMs} ms` };
};

export const databaseRestart: FaultAction = async ({ stage, forMs }) => {
  await stage.servers.postgres.stop();
  await delay(forMs);
  await stage.servers.postgres.start();
  return { detail: `PostgreSQL was stopped and away for ${forMs} ms` };
};

export const databaseSessions: FaultAction = async ({ stage }) => {
  const rows = await stage.deployment.database.query(END_SESSIONS);
  return { detail: `${rows.length} sessions were ended` };
};

export const databaseLock: FaultAction = async ({ stage, forMs }) => {
  const session = await stage.deployment.database.connect(SESSION);
  await session.query('BEGIN');
  await session.query('LOCK TABLE integration_queue IN ACCESS EXCLUSIVE MODE');
  await delay(forMs);
  await session.query('ROLLBACK');
  await session.end();
  return { detail: `integration_queue was locked for ${forMs} ms` };
};

/** The service loses its connections, and finds none free. */
export const databaseFull: FaultAction = async ({ stage, forMs }) => {
  const { database } = stage.deployment;
  await database.query(END_SESSIONS);
  const taken = await Promise.allSettled(
    Array.from({ length: stage.servers.maxConnections }, () => database.connect(SESSION)),
  );
  await delay(forMs);
  const sessions = taken.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  await Promise.all(sessions.map((session) => session.end()));
  return { detail: `${sessions.length} connections were taken, all that were left` };
};

/** PostgreSQL ends where it cannot write its log; it is started again once there is space. */
export const databaseDisk: FaultAction = async ({ stage, forMs }) => {
  if (!stage.servers.hasQuota) return { detail: 'nothing: no disk with a quota can be had here' };
  stage.servers.fillDisk();
  await delay(forMs);
  stage.servers.freeDisk();
  const ended = await startAgain(stage);
  return { detail: `no space for ${forMs} ms${ended ? '; the server had ended' : ''}` };
};

/** True where it had ended. */
async function startAgain({ servers }: Stage): Promise<boolean> {
  if (servers.postgres.pid !== undefined) return false;
  await servers.postgres.start();
  return true;
}
