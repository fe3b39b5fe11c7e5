import 'reflect-metadata';
import { countingFailures, Metrics } from '@app/metrics';
import {
  configurationOrExit,
  createLogger,
  endOnUncaughtErrors,
  endProcess,
  NestLogger,
  runBootSteps,
} from '@app/platform';
import { NestFactory } from '@nestjs/core';
import { AppsNotificationProcessorModule } from './apps-notification-processor.module.js';
import { bootSteps } from './boot.js';
import { KafkaConsumers } from './kafka-consumers.js';
import { shutdownSequence } from './shutdown.js';

const configuration = configurationOrExit({ for: 'processor' });
const metrics = new Metrics();
const root = countingFailures(createLogger(configuration.log), metrics);
const logger = root.child('processor');
endOnUncaughtErrors(logger);
for (const warning of configuration.warnings)
  logger.warn('configuration.doubted', { message: warning });

const app = await NestFactory.create(
  AppsNotificationProcessorModule.forRoot(configuration, root, metrics),
  { logger: new NestLogger(root), abortOnError: false },
);
for (const strategy of app.get(KafkaConsumers).servers) app.connectMicroservice({ strategy });

const shutdown = shutdownSequence(app, configuration, logger);
shutdown.listen();
app.get(KafkaConsumers).onFailure(({ message, error }) => {
  if (shutdown.begun) return;
  // Requests in flight are finished and leases given back; the last line says why.
  void shutdown.run(message).then(() => endProcess(logger, message, error));
});
try {
  await runBootSteps(logger, bootSteps(app, configuration, root));
  logger.info('service.started', { roles: configuration.roles, url: await app.getUrl() });
} catch (error) {
  // A start that a signal interrupts fails because its parts are being closed: no failure of its own.
  if (!shutdown.begun) await endProcess(logger, 'it cannot start', error);
}
