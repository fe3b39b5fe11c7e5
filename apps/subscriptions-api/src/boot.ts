import { bringUpToDate, connectDatabase, DataSource } from '@app/database';
import { MetricsServer } from '@app/metrics';
import {
  type ApiConfiguration,
  type BootStep,
  listen,
  type Logger,
  Readiness,
} from '@app/platform';
import type { INestApplication } from '@nestjs/common';
import { ExpiredTokens } from './expired-tokens.js';

/** The start, step by step. Requests are answered when the last one is done. */
export function bootSteps(
  app: INestApplication,
  { api, database, lifecycle }: ApiConfiguration,
  logger: Logger,
): BootStep[] {
  const dataSource = app.get(DataSource);
  return [
    ...metricsSteps(app, api.metricsPort),
    {
      name: 'connect the database',
      run: () => connectDatabase(dataSource, { timeoutMs: lifecycle.startTimeoutMs, logger }),
    },
    {
      name: 'migrate the database',
      run: () => bringUpToDate(dataSource, { migrate: database.migrate, logger }),
    },
    { name: 'answer requests', run: () => listen(app, { variable: 'API_PORT', port: api.port }) },
    { name: 'say that it is ready', run: () => started(app) },
  ];
}

/** First, so that a scrape tells that the process lives, whatever its start waits for. */
function metricsSteps(app: INestApplication, port: number | undefined): BootStep[] {
  if (port === undefined) return [];
  const server = app.get(MetricsServer);
  const run = () => listen(server, { variable: 'API_METRICS_PORT', port });
  return [{ name: 'answer scrapes', run }];
}

function started(app: INestApplication): void {
  app.get(ExpiredTokens).start();
  app.get(Readiness).markStarted();
}
