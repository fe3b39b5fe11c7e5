import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  ensureDatabase,
  freePort,
  guardProcess,
  isFree,
  projectRoot,
  resolveInfrastructure,
  type Infrastructure,
} from '@app/testing/infrastructure';

/** The one that `npm run cli` looks for, too. */
const DATABASE = 'happycolis';
const POLL_MS = 100;
/** What the service may take beyond its own grace period before it is ended by force. */
const EXTRA_GRACE_MS = 5_000;

const log = (line: string): void => void process.stderr.write(`${line}\n`);
const port = await servicePort(process.env.PROCESSOR_PORT || '3001');

process.exit(await start());

/** Resolves with the exit code: the service's own, 0 after a signal that it obeyed. */
async function start(): Promise<number> {
  // Later signals are ignored: the first one is being obeyed, within the grace period.
  const interrupted = Promise.race(
    ['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => once(process, signal)),
  ).then(() => ignoreSignals());
  if (port !== undefined && !(await isFree(port))) {
    log(`port ${port} is taken: set PROCESSOR_PORT to a free one (PROCESSOR_PORT=3101 npm start)`);
    return 1;
  }
  const resolving = resolveInfrastructure({ purpose: 'start', log });
  const infrastructure = await Promise.race([resolving, interrupted]).catch(refused);
  // The supervisors notice that their user is gone, and end what they had begun.
  if (!infrastructure) return process.exitCode === 1 ? 1 : 0;
  log(infrastructure.describe);
  try {
    return await serve(infrastructure, interrupted);
  } finally {
    await infrastructure.stop();
  }
}

/** For 0 a free one is chosen here, to be announced; undefined is the service's to refuse. */
async function servicePort(text: string): Promise<number | undefined> {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) return undefined;
  return Number(text) === 0 ? freePort() : Number(text);
}

function ignoreSignals(): undefined {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});
  return undefined;
}

function refused(error: Error): undefined {
  log(error.message);
  process.exitCode = 1;
}

async function serve(
  infrastructure: Infrastructure,
  interrupted: Promise<undefined>,
): Promise<number> {
  const databaseUrl =
    process.env.DATABASE_URL ?? (await ensureDatabase(infrastructure.databaseUrl, DATABASE));
  const brokers = infrastructure.brokers.join(',');
  const chosen = port === undefined ? {} : { PROCESSOR_PORT: String(port) };
  const service = spawn(
    process.execPath,
    [join(projectRoot(), 'dist/apps/notification-processor/src/main.js')],
    {
      env: { ...process.env, ...chosen, KAFKA_BROKERS: brokers, DATABASE_URL: databaseUrl },
      stdio: 'inherit',
      // In its own session: it gets one signal, from here, also on Ctrl-C.
      detached: true,
    },
  );
  const guard = service.pid ? guardProcess(service.pid, 'SIGTERM') : undefined;
  const exited = exitCode(service).finally(() => guard?.release());
  const lost = new Promise<number>((resolve) => {
    infrastructure.onLost((reason) => {
      log(`${reason}; the service is stopped`);
      resolve(1);
    });
  });
  if (port !== undefined) void announce(service, port, brokers, databaseUrl);
  const reason = await Promise.race([exited, lost, interrupted]);
  const code = await stopService(service, exited);
  return reason ?? code;
}

/** 128 + the number of the signal would hide which one it was: a service that was killed has failed. */
async function exitCode(service: ChildProcess): Promise<number> {
  const [code] = (await once(service, 'exit')) as [number | null];
  return code ?? 1;
}

async function stopService(service: ChildProcess, exited: Promise<number>): Promise<number> {
  service.kill('SIGTERM');
  const graceMs = Number(process.env.SHUTDOWN_GRACE_MS ?? 25_000) + EXTRA_GRACE_MS;
  await Promise.race([exited, delay(graceMs, undefined, { ref: false })]);
  service.kill('SIGKILL');
  return exited;
}

async function announce(
  service: ChildProcess,
  port: number,
  brokers: string,
  databaseUrl: string,
): Promise<void> {
  const health = `http://localhost:${port}/health/ready`;
  while (!(await isReady(health))) {
    if (service.exitCode !== null || service.signalCode !== null) return;
    await delay(POLL_MS);
  }
  log(`ready
  service     ${health}
  Kafka       ${brokers}
  PostgreSQL  ${withoutPassword(databaseUrl)}
Ctrl-C stops it; \`npm run cli -- --help\` in another terminal works on it.`);
}

async function isReady(health: string): Promise<boolean> {
  try {
    return (await fetch(health, { signal: AbortSignal.timeout(2_000) })).ok;
  } catch {
    return false;
  }
}

function withoutPassword(databaseUrl: string): string {
  try {
    const url = new URL(databaseUrl);
    url.password = '';
    return url.href;
  } catch {
    return '(DATABASE_URL)';
  }
}
