import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo, LookupFunction } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { AddressGuard } from '@app/delivery';
import { TestReceiver, waitFor } from '@app/testing';
import { ConnectionPool } from '../../src/connection-pool.js';
import { exchange } from '../../src/exchange.js';
import { Routes } from '../../src/routes.js';
import { loopbackSender, requestTo } from './sender-fixture.js';

const ORIGINS = 200;
const AT_A_TIME = 100;
const LIMITS = { connectTimeoutMs: 3000, maxResponseBytes: 65_536 };

const everyNameIsLocal: LookupFunction = (_host, _options, callback) =>
  callback(null, [{ address: '127.0.0.1', family: 4 }]);

let receiver: TestReceiver;
let pool: ConnectionPool;
let routes: Routes;

function poolKeeping(keepAliveMs: number): ConnectionPool {
  const guard = new AddressGuard({ allowedNetworks: ['127.0.0.0/8'] });
  routes = new Routes({ guard, connectTimeoutMs: 3000, lookup: everyNameIsLocal });
  const keeping = { keepAliveMs, keepAliveMaxMs: keepAliveMs, maxIdleConnections: 1024 };
  return new ConnectionPool({ ...keeping, connectionsPerOrigin: 4 });
}

const openFiles = (): number => readdirSync('/proc/self/fd').length;

async function callEveryOrigin(): Promise<void> {
  for (let index = 0; index < ORIGINS; index += 1) {
    const origin = receiver.url('', `host-${index}.example`);
    const connection = pool.acquire(routes.to(origin), { fresh: false });
    const deadlineAt = performance.now() + 3000;
    const attempt = { origin, path: '/', method: 'POST' as const, body: Buffer.from('{}') };
    expect((await exchange(connection, attempt, { ...LIMITS, deadlineAt })).statusCode).toBe(200);
    pool.release(connection);
  }
}

beforeEach(async () => {
  receiver = await TestReceiver.start();
});

afterEach(async () => {
  pool.clear();
  await receiver.close();
});

it('hundreds of origins that are not called any more leave nothing behind', async () => {
  pool = poolKeeping(300);
  await callEveryOrigin();
  expect(receiver.connectionCount).toBe(ORIGINS);

  await receiver.waitFor(({ openConnectionCount }) => openConnectionCount === 0);
  // The receiver may see the last connection close before this side does.
  await waitFor(() => pool.originCount === 0);
  expect(pool.idleCount).toBe(0);
});

it('hundreds of origins are kept while their connections may still serve', async () => {
  pool = poolKeeping(60_000);
  await callEveryOrigin();
  expect(pool.originCount).toBe(ORIGINS);

  await callEveryOrigin();

  expect(receiver.connectionCount).toBe(ORIGINS);
});

it('twenty thousand origins take no more descriptors than a thousand', async () => {
  const server = createServer((_request, response) => response.end()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const kept = 1_024;
  const sender = loopbackSender({ lookup: everyNameIsLocal, maxIdleConnections: kept });
  const before = openFiles();
  let most = 0;

  for (let at = 0; at < 20_000; at += AT_A_TIME) {
    const outcomes = await Promise.all(
      Array.from({ length: AT_A_TIME }, (_, index) =>
        sender.post(requestTo(`http://host-${at + index}.example:${port}/`)),
      ),
    );
    expect(outcomes.every(({ kind }) => kind === 'delivered')).toBe(true);
    most = Math.max(most, openFiles() - before);
  }

  // Both ends of each connection are in this process; those that are closed may take a moment to go.
  expect(most).toBeGreaterThan(2 * kept);
  expect(most).toBeLessThan(2 * (kept + 2 * AT_A_TIME));
  await sender.close();
  server.closeAllConnections();
  server.close();
}, 120_000);
