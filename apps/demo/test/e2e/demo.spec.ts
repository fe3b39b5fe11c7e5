import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { deleteTopics, waitFor, withAdmin } from '@app/testing';
import { Client } from 'pg';
import { beforeAll, describe, expect, inject, it } from 'vitest';

const pathOf = (path: string): string =>
  fileURLToPath(new URL(`../../../../${path}`, import.meta.url));
const { brokers, databaseUrl } = inject('infrastructure');

interface Demonstration {
  readonly child: ChildProcess;
  /** What it has printed so far. */
  readonly output: () => string;
  /** Its exit code, once it has ended. */
  readonly ended: Promise<number | null>;
}

/** As `npm run demo` on given servers. */
function demonstrate(...args: string[]): Demonstration {
  const env = {
    PATH: '/usr/bin:/bin',
    KAFKA_BROKERS: brokers.join(','),
    DATABASE_URL: databaseUrl,
  };
  const child = spawn(process.execPath, [pathOf('dist/scripts/demo.js'), ...args], { env });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (part: string) => (text += part));
  }
  const ended = once(child, 'close').then(([code]) => code as number | null);
  return { child, ended, output: () => text };
}

/** The run whose output this is. */
function runOf(output: string): string {
  const [, run = ''] = /database happycolis_demo_([0-9a-f]{8})/.exec(output) ?? [];
  expect(run, output).not.toBe('');
  return run;
}

async function onServer(statement: string): Promise<string[]> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  const { rows } = await client.query<{ datname: string }>(statement);
  await client.end();
  return rows.map(({ datname }) => datname);
}

/** Topics and databases of the run whose output this is. */
async function leftBehind(output: string): Promise<string[]> {
  const run = runOf(output);
  const topics = await withAdmin(brokers, (admin) => admin.listTopics());
  const databases = await onServer('SELECT datname FROM pg_database');
  return [...topics, ...databases].filter((name) => name.includes(run));
}

/** The service of a demonstration: its two children that run these programs. */
async function serviceOf({ pid }: ChildProcess): Promise<number[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=,args=']);
  const pids = stdout
    .split('\n')
    .map((each) => each.trim().split(/\s+/))
    .filter(([, parent]) => Number(parent) === pid)
    .filter(([, , ...args]) => /notification-processor|subscriptions-api/.test(args.join(' ')))
    .map(([child]) => Number(child));
  expect(pids).toHaveLength(2);
  return pids;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Its database, its topics and its service are there by then, and commands are run. */
const IN_THE_MIDDLE = 'consumes and delivers';
/** Each kind of caller creates and removes, and what is refused is refused for the stated reason. */
const CALLS_OF_THE_API = [
  /Atlas +integrationWebhookCreate every type → \S+ ⇒ \S+ HEALTHY\n/,
  /Boreal +oauthWebhookCreate order\/updated → \S+ ⇒ \S+ HEALTHY\n/,
  /Atlas +integrationWebhookCreate every type → \S+ ⇒ CONFLICT: .*already has a webhook/,
  /Boreal +oauthWebhookRemove \S+ ⇒ FORBIDDEN: .*mismatch\n/,
  /Boreal +oauthWebhookRemove (\S+) ⇒ \1 HEALTHY\n/,
];
const TIMEOUT = { timeoutMs: 60_000 };

describe('npm run demo', () => {
  beforeAll(async () => {
    // So that a spec never runs yesterday's program; it takes no time when nothing is stale.
    await promisify(execFile)(process.execPath, [pathOf('scripts/run.mjs'), 'build']);
  });

  it('shows that every promise holds, and leaves nothing behind', async () => {
    const { ended, output } = demonstrate();
    expect(await ended, output()).toBe(0);
    expect(output()).toMatch(/\n(\d+) of \1 expectations held\.\n/);
    expect(output()).not.toMatch(/NOT HELD|NOT REACHED|could not/);
    for (const call of CALLS_OF_THE_API) expect(output()).toMatch(call);
    expect(await leftBehind(output())).toEqual([]);
  });

  it('fails when an order is not kept, and leaves nothing behind', async () => {
    const { ended, output } = demonstrate('--spoil', 'order');
    expect(await ended, output()).toBe(1);
    expect(output()).toContain('order/updated no. 3 came after no. 1');
    expect(output()).toContain('NOT REACHED');
    expect(await leftBehind(output())).toEqual([]);
  });

  it('ends in the middle on Ctrl-C, and leaves nothing behind', async () => {
    const { child, ended, output } = demonstrate();
    await waitFor(() => output().includes(IN_THE_MIDDLE), { ...TIMEOUT, describe: output });
    const service = await serviceOf(child);
    child.kill('SIGINT');
    expect(await ended, output()).toBe(130);
    expect(service.filter(isAlive)).toEqual([]);
    expect(await leftBehind(output())).toEqual([]);
  });

  it('takes both programs with it when it is killed', async () => {
    const { child, ended, output } = demonstrate();
    await waitFor(() => output().includes(IN_THE_MIDDLE), { ...TIMEOUT, describe: output });
    const service = await serviceOf(child);
    expect(service.filter(isAlive)).toEqual(service);
    child.kill('SIGKILL');
    await ended;
    await waitFor(() => !service.some(isAlive), TIMEOUT);
    // What is on a given server nobody was left to remove.
    const run = runOf(output());
    await deleteTopics(brokers, `demo.${run}.`);
    await onServer(`DROP DATABASE happycolis_demo_${run} WITH (FORCE)`);
  });

  it('explains itself and starts nothing on wrong usage', async () => {
    const { ended, output } = demonstrate('--nonsense');
    expect(await ended).toBe(2);
    expect(output()).toContain('usage: npm run demo');
  });
});
