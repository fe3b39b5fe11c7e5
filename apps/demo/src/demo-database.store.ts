import { createDataSource } from '@app/database';
import type { DatabaseConfiguration } from '@app/platform';

const CONNECT_TIMEOUT_MS = 10_000;

/** The run's database on a server that may be somebody else's. The service migrates it. */
export class DemoDatabaseStore {
  constructor(
    /** To any database of the server, with the right to create others. */
    private readonly server: Pick<DatabaseConfiguration, 'url' | 'ssl'>,
    /** Letters, digits and underscores only. */
    private readonly name: string,
  ) {}

  /** From `template0`, because nobody can be connected to that and so be in the way. */
  create(): Promise<void> {
    return this.onServer(`CREATE DATABASE ${this.name} TEMPLATE template0`);
  }

  /** Also while somebody is connected, and also if it was never created. */
  drop(): Promise<void> {
    return this.onServer(`DROP DATABASE IF EXISTS ${this.name} WITH (FORCE)`);
  }

  private async onServer(statement: string): Promise<void> {
    const dataSource = createDataSource(
      {
        ...this.server,
        poolSize: 1,
        applicationName: 'happycolis-webhooks-demo',
        connectTimeoutMs: CONNECT_TIMEOUT_MS,
      },
      [],
    );
    await dataSource.initialize();
    try {
      await dataSource.query(statement);
    } finally {
      await dataSource.destroy();
    }
  }
}
