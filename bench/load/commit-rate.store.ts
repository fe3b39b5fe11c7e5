import { randomUUID } from 'node:crypto';
import { openDataSource } from '../bench-data-source.store.js';

export interface CommitLoad {
  /** Of the database whose server is measured. */
  readonly url: string;
  readonly connections: number;
  /** Inserts that wait for a connection or for their commit. */
  readonly inFlight: number;
  readonly measureMs: number;
}

export interface CommitRate {
  readonly perSecond: number;
  /** Of each commit, milliseconds. */
  readonly latencies: readonly number[];
}

const WARM_UP_MS = 500;

/** What PostgreSQL alone commits: a row at a time into a bare table, each a transaction of its own. */
export async function commitRate(load: CommitLoad): Promise<CommitRate> {
  const dataSource = await openDataSource(load.url, load.connections);
  try {
    await dataSource.query('CREATE TABLE bench_commit (id uuid, end_point text)');
    const latencies: number[] = [];
    const startsAt = performance.now() + WARM_UP_MS;
    const endsAt = startsAt + load.measureMs;
    const insert = async (): Promise<void> => {
      for (let now = performance.now(); now < endsAt; now = performance.now()) {
        const row = [randomUUID(), 'https://example.com/webhooks'];
        await dataSource.query('INSERT INTO bench_commit VALUES ($1, $2)', row);
        if (now >= startsAt) latencies.push(performance.now() - now);
      }
    };
    await Promise.all(Array.from({ length: load.inFlight }, insert));
    await dataSource.query('DROP TABLE bench_commit');
    return { perSecond: (latencies.length / load.measureMs) * 1_000, latencies };
  } finally {
    await dataSource.destroy();
  }
}
