import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  ensureDatabase,
  isFree,
  metadataAnswered,
  projectRoot,
  queryAnswered,
  startEmbeddedPostgres,
} from '../../src/infrastructure/index.js';
import { waitFor } from '../../src/wait-for.js';

const COMPILED = 'dist/libs/testing/src/infrastructure';

/** A project of its own, so that neither a running `npm start` nor its data is touched. */
let root: string;
const users: ChildProcess[] = [];

beforeAll(() => {
  const built = spawnSync(process.execPath, ['scripts/run.mjs', 'build'], { cwd: projectRoot() });
  if (built.status !== 0) throw new Error(String(built.stderr));
  root = mkdtempSync(join(tmpdir(), 'project-'));
  chmodSync(root, 0o755);
  writeFileSync(join(root, 'package.json'), '{"type":"module"}');
  mkdirSync(join(root, '.cache'));
  mkdirSync(join(projectRoot(), '.cache/kafka'), { recursive: true });
  for (const path of ['node_modules', '.cache/kafka']) {
    symlinkSync(join(projectRoot(), path), join(root, path));
  }
  cpSync(join(projectRoot(), COMPILED), join(root, COMPILED), { recursive: true });
});
afterEach(async () => {
  await Promise.all(users.splice(0).map(kill));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function kill(user: ChildProcess): Promise<void> {
  if (user.exitCode !== null || user.signalCode !== null) return;
  const exited = once(user, 'exit');
  user.kill('SIGKILL');
  await exited;
}

interface User {
  kill(): Promise<void>;
  /** The value that it says as its `number`th, from 1 on. */
  says<T>(number: number): Promise<T>;
}

/** A process that runs `program`, in which `say` sends a value here, and then stays. */
function startUser(program: string): User {
  const prelude = `const say = (value) => console.log(JSON.stringify(value));
    setInterval(() => {}, 1000);`;
  const { KAFKA_BROKERS: _kafka, DATABASE_URL: _postgres, ...env } = process.env;
  const user = spawn(process.execPath, ['--input-type=module', '-e', prelude + program], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  users.push(user);
  const said: string[] = [];
  createInterface(user.stdout).on('line', (line) => said.push(line));
  return {
    kill: () => kill(user),
    says: async (number) =>
      JSON.parse(await waitFor(() => said[number - 1], { timeoutMs: 50_000 })),
  };
}

const compiled = (file: string): string => JSON.stringify(join(root, COMPILED, file));
const sharesPostgres = (): string => `
  import { shareServer } from ${compiled('shared-server.js')};
  const server = await shareServer('postgres', () => {});
  server.onLost((reason) => say({ reason }));
  say(server.address);`;
const portOf = (databaseUrl: string): number => Number(new URL(databaseUrl).port);
const statePath = (): string => join(root, '.data/start.postgres.json');

describe('servers of one process', () => {
  it('end, and their data with them, when that process is killed', async () => {
    const user = startUser(`
      import { startEmbeddedKafka, startEmbeddedPostgres } from ${compiled('index.js')};
      const [kafka, postgres] = await Promise.all([startEmbeddedKafka(), startEmbeddedPostgres()]);
      say({ brokers: kafka.brokers, databaseUrl: postgres.databaseUrl });`);
    const { brokers, databaseUrl } = await user.says<{ brokers: string[]; databaseUrl: string }>(1);
    await metadataAnswered(brokers);
    await queryAnswered(databaseUrl);

    await user.kill();

    const kafkaPort = Number(brokers[0]?.split(':')[1]);
    await waitFor(() => isFree(kafkaPort, '127.0.0.1'));
    await waitFor(() => isFree(portOf(databaseUrl), '127.0.0.1'));
    await waitFor(() => !readdirSync(join(root, '.data')).some((name) => name.startsWith('run-')));
  });

  it('come back on the same port with their data, after a stop and after a kill', async () => {
    const postgres = await startEmbeddedPostgres();
    try {
      const url = await ensureDatabase(postgres.databaseUrl, 'kept');
      for (const end of [() => postgres.stop(), () => postgres.kill()]) {
        await end();
        expect(postgres.pid).toBeUndefined();
        await expect(queryAnswered(url)).rejects.toThrow('ECONNREFUSED');
        await postgres.start();
        await queryAnswered(url);
      }
    } finally {
      await postgres.dispose();
    }
  });
});

describe('a shared server', () => {
  it('is one for all its users and ends with the last, although each was killed', async () => {
    const [first, second] = [startUser(sharesPostgres()), startUser(sharesPostgres())];
    const url = await first.says<string>(1);
    expect(await second.says<string>(1)).toBe(url);

    await first.kill();
    await queryAnswered(url);
    await second.kill();

    await waitFor(() => isFree(portOf(url), '127.0.0.1'));
    await waitFor(() => !existsSync(statePath()));
  });

  it('tells its users when its supervisor is killed, and is there with its data for the next', async () => {
    const first = startUser(sharesPostgres());
    const url = await first.says<string>(1);
    await ensureDatabase(url, 'kept');
    const state = JSON.parse(readFileSync(statePath(), 'utf8')) as { supervisorPid: number };

    process.kill(state.supervisorPid, 'SIGKILL');

    const { reason } = await first.says<{ reason: string }>(2);
    expect(reason).toContain(`the supervisor of postgres (pid ${state.supervisorPid}) ended`);
    const second = startUser(sharesPostgres());
    const next = new URL(await second.says<string>(1));
    next.pathname = '/kept';
    await queryAnswered(next.href);
    await second.kill();
    await waitFor(() => !existsSync(statePath()));
  });

  it('is started anew over what a run left that was killed with its supervisor', async () => {
    const left = { supervisorPid: 1, controlPort: 1, token: 'gone', address: 'nowhere' };
    writeFileSync(statePath(), JSON.stringify(left));
    const user = startUser(sharesPostgres());
    await queryAnswered(await user.says<string>(1));
    await user.kill();
    await waitFor(() => !existsSync(statePath()));
  });
});
