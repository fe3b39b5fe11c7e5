import { DataSource } from '@app/database';
import { MetricsServer } from '@app/metrics';
import { type ApiConfiguration, type Logger, Readiness, ShutdownSequence } from '@app/platform';
import type { INestApplication } from '@nestjs/common';
import { ExpiredTokens } from './expired-tokens.js';
import { OpenRequests } from './http/open-requests.js';

/**
 * The end, step by step: requests that were accepted are answered before Apollo and the database are
 * closed. They have all of the grace but what the steps after them need.
 */
export function shutdownSequence(
  app: INestApplication,
  { lifecycle }: Pick<ApiConfiguration, 'lifecycle'>,
  logger: Logger,
): ShutdownSequence {
  const dataSource = app.get(DataSource);
  const requests = new OpenRequests(app.getHttpServer());
  return new ShutdownSequence({ graceMs: lifecycle.shutdownGraceMs, logger })
    .add({ name: 'tell that it stops', run: () => app.get(Readiness).markStopping() })
    .add({ name: 'stop deleting tokens', run: () => app.get(ExpiredTokens).stop() })
    .add({ name: 'finish requests', run: () => requests.finish() })
    .add({ name: 'cut off the others', run: () => requests.cutOff() })
    .add({ name: 'stop answering scrapes', run: () => app.get(MetricsServer).close() })
    .add({ name: 'close the application', run: () => app.close() })
    .add({
      name: 'close the database',
      run: () => (dataSource.isInitialized ? dataSource.destroy() : undefined),
    });
}
