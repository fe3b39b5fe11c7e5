import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from './free-port.js';
import type { Log, PostgresServer } from './local-server.interface.js';
import { locatePostgres, type PostgresPrograms } from './postgres-binaries.js';
import { isThrowAway, throwAwayDirectory } from './project-directories.js';
import { ServerProcess, startOrDispose } from './server-process.js';
import { queryAnswered } from './server-probes.js';

export interface EmbeddedPostgresOptions {
  log?: Log;
  /** Where its data and log go. Kept when given; without it a fresh one is made and thrown away. */
  directory?: string;
  /** Taken when free, another one otherwise. */
  port?: number;
  /** More settings, such as `{ log_statement: 'all' }`. Durability is on unless this turns it off. */
  settings?: Record<string, string>;
}

const READY_TIMEOUT_MS = 30_000;
/** The same order and letter case on every machine, whatever its locales. */
const BUILTIN_LOCALE = ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
/** 5 s in all. */
const LEFTOVER_TURNS = 50;
const LEFTOVER_PAUSE_MS = 100;
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '300',
  shared_preload_libraries: 'pg_stat_statements',
};

/**
 * One PostgreSQL server on 127.0.0.1 with a password of its own.
 * @throws UnavailableError when this platform has no programs, ServerStartError when it does not come up.
 */
export async function startEmbeddedPostgres(
  options: EmbeddedPostgresOptions = {},
): Promise<PostgresServer> {
  const programs = await locatePostgres();
  const directory = options.directory ?? throwAwayDirectory();
  mkdirSync(directory, { recursive: true });
  const password = await initialise(programs, directory);
  const port = await freePort(options.port);
  const databaseUrl = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;
  const settings = Object.entries({ ...SETTINGS, ...options.settings });
  const data = join(directory, 'data');
  const server = new ServerProcess({
    description: 'PostgreSQL 18 (embedded)',
    port,
    file: programs.postgres,
    args: [
      '-D',
      data,
      '-p',
      String(port),
      ...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    logFile: join(directory, 'postgres.log'),
    // Fast shutdown, which disconnects the clients; then immediate shutdown.
    stopSignals: [
      ['SIGINT', 10_000],
      ['SIGQUIT', 5_000],
    ],
    abandonSignal: 'SIGQUIT',
    // After a kill the orphaned backends hold the shared memory until they notice.
    relaunches: 10,
    ...(isThrowAway(directory) && { throwAway: directory }),
    beforeLaunch: () => clearLeftover(data),
    probe: () => queryAnswered(databaseUrl),
    readyTimeoutMs: READY_TIMEOUT_MS,
    spawnOptions: { cwd: directory, ...programs.user },
  });
  await startOrDispose(server);
  return Object.assign(server, { databaseUrl });
}

/** Returns the superuser's password, which is made together with the data. */
async function initialise(programs: PostgresPrograms, directory: string): Promise<string> {
  const data = join(directory, 'data');
  const passwordFile = join(directory, 'postgres.password');
  if (existsSync(join(data, 'PG_VERSION')) && existsSync(passwordFile)) {
    return readFileSync(passwordFile, 'utf8').trim();
  }
  // What an interrupted initialisation left is of no use.
  rmSync(data, { recursive: true, force: true });
  mkdirSync(data, { mode: 0o700 });
  const password = randomBytes(18).toString('hex');
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  const { uid, gid } = programs.user ?? {};
  if (uid !== undefined && gid !== undefined) {
    chownSync(data, uid, gid);
    chownSync(passwordFile, uid, gid);
  }
  const access = ['--username=postgres', '--auth=scram-sha-256', `--pwfile=${passwordFile}`];
  const words = ['--encoding=UTF8', ...BUILTIN_LOCALE, '--no-sync'];
  const options = { ...programs.user, cwd: directory, env: { ...process.env, LC_ALL: 'C' } };
  await promisify(execFile)(programs.initdb, [`--pgdata=${data}`, ...access, ...words], options);
  return password;
}

/**
 * PostgreSQL refuses to start when the pid in its lock file is in use, even by something else. A server
 * that is really still there belongs to a killed run and is about to end; it is waited for.
 */
async function clearLeftover(data: string): Promise<void> {
  const lock = join(data, 'postmaster.pid');
  for (let turn = 0; existsSync(lock); turn++) {
    const pid = Number(readFileSync(lock, 'utf8').split('\n')[0]);
    if (!(await commandOf(pid)).includes(data)) return rmSync(lock, { force: true });
    if (turn === LEFTOVER_TURNS) process.kill(pid, 'SIGQUIT');
    await delay(LEFTOVER_PAUSE_MS);
  }
}

async function commandOf(pid: number): Promise<string> {
  const entry = `/proc/${pid}/cmdline`;
  if (existsSync(entry)) return readFileSync(entry, 'utf8');
  const answer = await promisify(execFile)('ps', ['-o', 'args=', '-p', String(pid)]).catch(
    () => null,
  );
  return answer?.stdout ?? '';
}
