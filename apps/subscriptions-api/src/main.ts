import 'reflect-metadata';
import { countingFailures, Metrics, MetricsServer } from '@app/metrics';
import {
  configurationOrExit,
  createLogger,
  endOnUncaughtErrors,
  endProcess,
  NestLogger,
  runBootSteps,
} from '@app/platform';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppsSubscriptionsApiModule } from './apps-subscriptions-api.module.js';
import { bootSteps } from './boot.js';
import { configureHttp } from './http/configure-http.js';
import { shutdownSequence } from './shutdown.js';

const configuration = configurationOrExit({ for: 'api' });
const metrics = new Metrics();
const root = countingFailures(createLogger(configuration.log), metrics);
const logger = root.child('api');
endOnUncaughtErrors(logger);
for (const warning of configuration.warnings)
  logger.warn('configuration.doubted', { message: warning });

const app = await NestFactory.create<NestExpressApplication>(
  AppsSubscriptionsApiModule.forRoot(configuration, root, metrics),
  { logger: new NestLogger(root), abortOnError: false, bodyParser: false },
);
configureHttp(app, configuration, logger);

const shutdown = shutdownSequence(app, configuration, logger);
shutdown.listen();
try {
  await runBootSteps(logger, bootSteps(app, configuration, logger));
  const metricsPort = app.get(MetricsServer).port;
  logger.info('service.started', { url: await app.getUrl(), metricsPort });
} catch (error) {
  // A start that a signal interrupts fails because its parts are being closed: no failure of its own.
  if (!shutdown.begun) await endProcess(logger, 'it cannot start', error);
}
