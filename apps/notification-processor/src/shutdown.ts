import { DataSource, RetentionJob } from '@app/database';
import { WebhookSender } from '@app/delivery';
import { type Configuration, type Logger, Readiness, ShutdownSequence } from '@app/platform';
import { QueueScheduler, QueueSweeper } from '@app/queue';
import { Tracing } from '@app/tracing';
import type { INestApplication } from '@nestjs/common';
import { KafkaConsumers } from './kafka-consumers.js';
import { KafkaMessageEmitter } from './kafka/kafka-message.emitter.js';
import { ProcessorMetrics } from './processor-metrics.js';
import { QueueNotices } from './queue-notices.js';

/** Outcomes still to be recorded, the producer's last events, the pool: kept for the last steps. */
const CLOSE_LIMIT_MS = 2_000;

/** A step of the retention job, which waits up to 1.5 s for a lock; it is idle almost always. */
const STATEMENT_LIMIT_MS = 4_000;

/**
 * The end, step by step: take nothing new, finish and record what is in flight (its lease is given
 * back with the record), then close what that needed. What does not fit into the grace period is
 * taken up by another replica when its lease runs out.
 */
export function shutdownSequence(
  app: INestApplication,
  configuration: Configuration,
  logger: Logger,
): ShutdownSequence {
  const { domain, wakeUps } = app.get(KafkaConsumers);
  const sequence = new ShutdownSequence({
    graceMs: configuration.lifecycle.shutdownGraceMs,
    logger,
  });
  return sequence
    .add({ name: 'tell that it stops', run: () => app.get(Readiness).markStopping() })
    .add({ name: 'stop consuming', run: () => domain?.server.close(), limitMs: 10_000 })
    .add({ name: 'stop wake-ups', run: () => wakeUps?.server.close(), limitMs: CLOSE_LIMIT_MS })
    .add({
      name: 'stop sweeping',
      run: () => app.get(QueueSweeper).stop(),
      limitMs: CLOSE_LIMIT_MS,
    })
    .add({
      name: 'stop the retention job',
      run: () => app.get(RetentionJob).stop(),
      limitMs: STATEMENT_LIMIT_MS,
    })
    .add({ name: 'finish requests in flight', run: () => finishRequests(app) })
    .add({ name: 'close connections to receivers', run: () => app.get(WebhookSender).close() })
    .add({ name: 'close the producer', run: () => app.get(KafkaMessageEmitter).disconnect() })
    .add({ name: 'stop reading the consumer lag', run: () => app.get(ProcessorMetrics).close() })
    .add({ name: 'close the database', run: () => closeDatabase(app) })
    .add({
      name: 'send the last spans',
      run: () => app.get(Tracing).close(),
      limitMs: CLOSE_LIMIT_MS,
      reserveMs: CLOSE_LIMIT_MS,
    })
    .add({ name: 'close the health port', run: () => app.close() });
}

/** Those to receivers, and that to the operator, who is told of the last outcomes by the next process. */
async function finishRequests(app: INestApplication): Promise<void> {
  await Promise.all([app.get(QueueScheduler).stop(), app.get(QueueNotices).stop()]);
}

async function closeDatabase(app: INestApplication): Promise<void> {
  const dataSource = app.get(DataSource);
  if (dataSource.isInitialized) await dataSource.destroy();
}
