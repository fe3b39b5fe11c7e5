import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findRunningServers, provideSecretsKey } from './environment.mjs';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'environment-'));
});
afterEach(() => rmSync(root, { recursive: true }));

describe('provideSecretsKey', () => {
  it('makes a key that nobody else may read, once', () => {
    const first: NodeJS.ProcessEnv = {};
    const second: NodeJS.ProcessEnv = {};
    provideSecretsKey(root, first);
    provideSecretsKey(root, second);
    expect(first['SECRETS_KEY']).toMatch(/^[\w-]{64}$/);
    expect(second['SECRETS_KEY']).toBe(first['SECRETS_KEY']);
    expect(statSync(join(root, '.data/secrets.key')).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(root, '.data'))).toEqual(['secrets.key']);
  });

  it('says that it took the development key', () => {
    const lines: string[] = [];
    provideSecretsKey(root, {}, (line) => lines.push(line));
    expect(lines).toEqual([expect.stringContaining('.data/secrets.key')]);
  });

  it('leaves a given key alone', () => {
    const env = { SECRETS_KEY: 'given' };
    provideSecretsKey(root, env);
    expect(env).toEqual({ SECRETS_KEY: 'given' });
  });

  it('gives production no key that nobody chose', () => {
    const env = { NODE_ENV: 'production' };
    provideSecretsKey(root, env);
    expect(env).toEqual({ NODE_ENV: 'production' });
  });
});

describe('findRunningServers', () => {
  const running = (kind: string, controlPort: number, address: string): void => {
    mkdirSync(join(root, '.data'), { recursive: true });
    writeFileSync(join(root, `.data/start.${kind}.json`), JSON.stringify({ controlPort, address }));
  };

  it('takes the database and the broker of a running service', async () => {
    const supervisor = createServer().listen(0, '127.0.0.1');
    await once(supervisor, 'listening');
    const { port } = supervisor.address() as AddressInfo;
    running('postgres', port, 'postgres://postgres:secret@127.0.0.1:20001/postgres');
    running('kafka', port, '127.0.0.1:20002');
    const env: NodeJS.ProcessEnv = {};
    expect(await findRunningServers(root, env)).toBe(true);
    supervisor.close();
    expect(env).toEqual({
      DATABASE_URL: 'postgres://postgres:secret@127.0.0.1:20001/happycolis',
      KAFKA_BROKERS: '127.0.0.1:20002',
    });
  });

  it('finds nothing where a killed service left its traces', async () => {
    const closed = createServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const { port } = closed.address() as AddressInfo;
    closed.close();
    running('postgres', port, 'postgres://127.0.0.1/postgres');
    const env: NodeJS.ProcessEnv = {};
    expect(await findRunningServers(root, env)).toBe(false);
    expect(env).toEqual({});
  });

  it('leaves what was given alone', async () => {
    const env = { DATABASE_URL: 'postgres://own' };
    expect(await findRunningServers(root, env)).toBe(true);
    expect(env).toEqual({ DATABASE_URL: 'postgres://own' });
  });
});
