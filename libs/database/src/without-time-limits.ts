import type { DataSource, QueryRunner } from 'typeorm';
import { liftSilenceLimit } from './answer-limit.js';

/** Works on a connection on which statements may take as long as they take, and leaves it as it was. */
export async function withoutTimeLimits<Result>(
  dataSource: DataSource,
  work: (connection: QueryRunner) => Promise<Result>,
): Promise<Result> {
  const connection = dataSource.createQueryRunner();
  const restoreSilenceLimit = liftSilenceLimit(await connection.connect());
  try {
    await connection.query('SET statement_timeout = 0');
    return await work(connection);
  } finally {
    await connection.query('RESET statement_timeout').catch(() => undefined);
    restoreSilenceLimit();
    await connection.release();
  }
}
