import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { say, StepError } from './step.mjs';

/** The database that `npm start` makes in a server it started itself. */
const DATABASE = 'happycolis';
const HELP = ['--help', '-h', 'help', '--version', '-V'];

/** What `start` and `cli` need when nobody configured them: they must agree on it. */
export async function prepareEnvironment({ root, command, args, env }) {
  if (command === 'start') provideSecretsKey(root, env, say);
  if (command !== 'cli') return;
  provideSecretsKey(root, env);
  const asksForHelp = args.length === 0 || args.some((arg) => HELP.includes(arg));
  if (!(await findRunningServers(root, env)) && !asksForHelp) {
    throw new StepError(
      'no database: DATABASE_URL is not set, and no `npm start` is running here.\n' +
        'Start the service (`npm start`) in another terminal, or set DATABASE_URL and SECRETS_KEY\n' +
        'to those of the service that is meant.',
    );
  }
}

/** A key for development that stays the same; a production must be given its own. */
export function provideSecretsKey(root, env, log = () => {}) {
  if (env.SECRETS_KEY || env.NODE_ENV === 'production') return;
  const path = join(root, '.data', 'secrets.key');
  env.SECRETS_KEY = readKey(path) ?? createKey(path);
  log('SECRETS_KEY is not set: using the development key of .data/secrets.key');
}

/** False when there is no database: neither given nor from a running `npm start`. */
export async function findRunningServers(root, env) {
  const postgres = env.DATABASE_URL ? undefined : await runningServer(root, 'postgres');
  const kafka = env.KAFKA_BROKERS ? undefined : await runningServer(root, 'kafka');
  if (kafka) env.KAFKA_BROKERS = kafka;
  if (postgres) {
    const url = new URL(postgres);
    url.pathname = `/${DATABASE}`;
    env.DATABASE_URL = url.href;
  }
  return Boolean(env.DATABASE_URL);
}

/** The address in `.data/start.<kind>.json`, if whoever wrote it still listens. */
async function runningServer(root, kind) {
  try {
    const path = join(root, '.data', `start.${kind}.json`);
    const { address, controlPort } = JSON.parse(readFileSync(path, 'utf8'));
    return (await listens(controlPort)) ? address : undefined;
  } catch {
    return undefined;
  }
}

function listens(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}

function readKey(path) {
  try {
    return readFileSync(path, 'utf8').trim() || undefined;
  } catch {
    return undefined;
  }
}

/** Linked into place: of several runs at once, all end up with the key of one. */
function createKey(path) {
  mkdirSync(join(path, '..'), { recursive: true });
  const draft = `${path}.${process.pid}.draft`;
  writeFileSync(draft, `${randomBytes(48).toString('base64url')}\n`, { mode: 0o600 });
  try {
    linkSync(draft, path);
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  return readFileSync(path, 'utf8').trim();
}
