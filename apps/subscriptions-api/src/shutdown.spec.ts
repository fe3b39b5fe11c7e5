import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DataSource } from '@app/database';
import { MetricsServer } from '@app/metrics';
import { createLogger, Readiness } from '@app/platform';
import { waitFor } from '@app/testing';
import type { INestApplication } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { ExpiredTokens } from './expired-tokens.js';
import { shutdownSequence } from './shutdown.js';

const logger = createLogger({ level: 'fatal', format: 'json' }, { write: () => undefined });

describe('the shutdown', () => {
  it('stops Apollo, which would cut connections after 10 s, when no request is open any more', async () => {
    const happened: string[] = [];
    const server = createServer();
    const parts = new Map<unknown, unknown>([
      [DataSource, { isInitialized: true, destroy: () => void happened.push('database closed') }],
      [Readiness, { markStopping: () => void happened.push('stopping') }],
      [ExpiredTokens, { stop: () => undefined }],
      [MetricsServer, { close: () => undefined }],
    ]);
    const app = {
      get: (token: unknown) => parts.get(token),
      getHttpServer: () => server,
      close: () => Promise.resolve(happened.push('application closed')),
    } as unknown as INestApplication;
    const shutdown = shutdownSequence(
      app,
      { lifecycle: { startTimeoutMs: 1_000, shutdownGraceMs: 60_000 } },
      logger,
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const asked = once(server, 'request') as Promise<[unknown, ServerResponse]>;
    const { port } = server.address() as AddressInfo;
    const answer = fetch(`http://127.0.0.1:${port}/`);
    const [, response] = await asked;
    const stopped = shutdown.run('SIGTERM');
    await waitFor(() => !server.listening);
    response.once('finish', () => happened.push('answered'));
    response.end('answered');
    expect(await (await answer).text()).toBe('answered');
    expect(await stopped).toBe(0);
    expect(happened).toEqual(['stopping', 'answered', 'application closed', 'database closed']);
  });
});
