import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { createDataSource, databaseRefusal } from '@app/database';
import { freePort } from '@app/testing';
import { describe, expect, it } from 'vitest';

/** What connecting with TLS to a server at this port of 127.0.0.1 ends with. */
function failureAt(port: number): Promise<unknown> {
  const dataSource = createDataSource(
    {
      url: `postgres://user:hunter2@127.0.0.1:${port}/webhooks`,
      ssl: { rejectUnauthorized: true },
      poolSize: 1,
      applicationName: 'spec',
      connectTimeoutMs: 5_000,
    },
    [],
  );
  return dataSource.initialize().catch((error: unknown) => error);
}

describe('databaseRefusal', () => {
  it('knows a server that has no TLS', async () => {
    // "N" is the whole answer to a request for TLS (PostgreSQL's protocol, SSLRequest).
    const server = createServer((socket) => socket.once('data', () => socket.end('N')));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;

    expect(databaseRefusal(await failureAt(port))).toMatchObject({
      code: 'database_refused',
      message:
        'The database refused us: The server does not support SSL connections. ' +
        'Check DATABASE_SSL.',
    });
    server.close();
  });

  it('leaves alone a server that is not there yet', async () => {
    const failure = await failureAt(await freePort());

    expect(failure).toMatchObject({ code: 'ECONNREFUSED' });
    expect(databaseRefusal(failure)).toBeUndefined();
  });
});
