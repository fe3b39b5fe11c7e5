import type { LookupFunction } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { AddressGuard } from '@app/delivery';
import { TestReceiver, waitFor } from '@app/testing';
import { ConnectionPool } from '../../src/connection-pool.js';
import { exchange } from '../../src/exchange.js';
import { guardedConnector } from '../../src/guarded-connector.js';

const ORIGINS = 200;
const LIMITS = { connectTimeoutMs: 3000, maxResponseBytes: 65_536 };

const everyNameIsLocal: LookupFunction = (_host, _options, callback) =>
  callback(null, [{ address: '127.0.0.1', family: 4 }]);

let receiver: TestReceiver;
let pool: ConnectionPool;

function poolKeeping(keepAliveMs: number): ConnectionPool {
  const guard = new AddressGuard({ allowedNetworks: ['127.0.0.0/8'] });
  const connect = guardedConnector({ guard, connectTimeoutMs: 3000, lookup: everyNameIsLocal });
  const keeping = { keepAliveMs, keepAliveMaxMs: keepAliveMs, maxIdleConnections: 1024 };
  return new ConnectionPool(connect, { ...keeping, connectionsPerOrigin: 4 });
}

async function callEveryOrigin(): Promise<void> {
  for (let index = 0; index < ORIGINS; index += 1) {
    const origin = receiver.url('', `host-${index}.example`);
    const connection = pool.acquire(origin, { fresh: false });
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
