import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Pool, type PoolClient } from 'pg';
import type { ApiDocument } from './document.js';

/** What the documented receiver is given to do with an event. */
export type Work = (
  client: PoolClient,
  header: { readonly messageId: string },
  body: { readonly n: number },
) => Promise<void>;

type MakeReceiver = (parts: {
  readonly pool: Pool;
  readonly clientSecrets: readonly string[];
  readonly work: Work;
}) => Server;

/** The receiver that the documentation is made into when its parts are put together. */
export class DocumentedReceiver {
  private constructor(
    private readonly server: Server,
    private readonly pool: Pool,
  ) {}

  static async start(
    document: ApiDocument,
    options: {
      readonly directory: string;
      readonly databaseUrl: string;
      readonly clientSecrets: readonly string[];
      readonly work: Work;
    },
  ): Promise<DocumentedReceiver> {
    const parts = ['verify', 'rotation', 'once', 'receive'];
    const code = parts.map((name) => document.block('js', name)).join('\n');
    const file = join(options.directory, 'receiver.mjs');
    writeFileSync(file, code);
    const { receiver } = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as {
      receiver: MakeReceiver;
    };
    const pool = new Pool({ connectionString: options.databaseUrl, max: 2 });
    const table = /CREATE TABLE webhook_message .+?\)(?= \*)/.exec(document.block('js', 'once'));
    await pool.query(table?.[0] ?? 'there is no table');
    const server = receiver({ pool, ...options });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new DocumentedReceiver(server, pool);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/webhooks`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await this.pool.end();
  }
}
