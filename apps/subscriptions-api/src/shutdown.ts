import { DataSource } from '@app/database';
import { type ApiConfiguration, type Logger, Readiness, ShutdownSequence } from '@app/platform';
import type { INestApplication } from '@nestjs/common';
import { ExpiredTokens } from './expired-tokens.js';

/** The end, step by step: requests that were accepted are answered before the database is closed. */
export function shutdownSequence(
  app: INestApplication,
  { lifecycle }: ApiConfiguration,
  logger: Logger,
): ShutdownSequence {
  const dataSource = app.get(DataSource);
  return new ShutdownSequence({ graceMs: lifecycle.shutdownGraceMs, logger })
    .add({ name: 'tell that it stops', run: () => app.get(Readiness).markStopping() })
    .add({ name: 'stop deleting tokens', run: () => app.get(ExpiredTokens).stop() })
    .add({ name: 'finish requests', run: () => app.close() })
    .add({
      name: 'close the database',
      run: () => (dataSource.isInitialized ? dataSource.destroy() : undefined),
    });
}
