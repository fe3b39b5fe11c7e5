import { INTERNAL_TOPICS, ORGANIZATION_TOPICS } from '@app/events';
import { bringUpToDate, connectDatabase, DataSource, RetentionJob } from '@app/database';
import {
  type BootStep,
  type Configuration,
  listen,
  type Logger,
  Readiness,
  waitUntil,
} from '@app/platform';
import { QueueScheduler, QueueSweeper } from '@app/queue';
import type { INestApplication } from '@nestjs/common';
import { kafkaSettingsOf } from './kafka-settings.js';
import { createKafka } from './kafka/kafka-client.js';
import { KafkaMessageEmitter } from './kafka/kafka-message.emitter.js';
import { kafkaProbeOptions } from './kafka/kafka-options.js';
import { bootstrapTopics } from './kafka/topic-bootstrap.js';
import { QueueNotices } from './queue-notices.js';

/**
 * The start, step by step. Health is answered from the first step on, so that an orchestrator can
 * see what the start waits for; records are consumed from the last one on.
 */
export function bootSteps(
  app: INestApplication,
  configuration: Configuration,
  root: Logger,
): BootStep[] {
  const logger = root.child('processor');
  const readiness = app.get(Readiness);
  const { ports, lifecycle, database } = configuration;
  const dataSource = app.get(DataSource);
  const steps: BootStep[] = [
    {
      name: 'answer health checks',
      run: () => listen(app, { variable: 'PROCESSOR_PORT', port: ports.processor }),
    },
    {
      name: 'connect the database',
      run: () => connectDatabase(dataSource, { timeoutMs: lifecycle.startTimeoutMs, logger }),
    },
    {
      name: 'migrate the database',
      run: () => bringUpToDate(dataSource, { migrate: database.migrate, logger }),
    },
    { name: 'make partitions', run: () => makePartitions(app, configuration, logger) },
    { name: 'find the broker and its topics', run: () => findTopics(configuration, root) },
    { name: 'connect the producer', run: () => app.get(KafkaMessageEmitter).connect() },
    { name: 'start the retention job', run: () => app.get(RetentionJob).start() },
    { name: 'deliver', run: () => startDelivery(app, configuration) },
    { name: 'consume', run: () => startConsumers(app) },
  ];
  return steps.map(({ name, run }) => ({
    name,
    run: () => {
      readiness.reach(name);
      return run();
    },
  }));
}

/** Another replica may be at it, or a statement may hold one of the tables for a moment. */
async function makePartitions(
  app: INestApplication,
  { lifecycle }: Configuration,
  logger: Logger,
): Promise<void> {
  await waitUntil('the partitions', () => app.get(RetentionJob).makePartitions(), {
    timeoutMs: lifecycle.startTimeoutMs,
    onAttempt: ({ error, nextDelayMs }) =>
      logger.warn('partitions.awaited', { error, retryInMs: nextDelayMs }),
  });
}

async function findTopics({ kafka, lifecycle }: Configuration, parent: Logger): Promise<void> {
  const logger = parent.child('kafka');
  await bootstrapTopics({
    kafka: createKafka(kafkaProbeOptions(kafkaSettingsOf(kafka), logger), logger),
    brokers: kafka.brokers,
    topics: [...ORGANIZATION_TOPICS, ...INTERNAL_TOPICS.map(({ topic }) => topic)],
    topicPrefix: kafka.topicPrefix,
    create: kafka.createTopics,
    partitions: kafka.topicPartitions,
    replication: kafka.topicReplication,
    timeoutMs: lifecycle.startTimeoutMs,
    logger,
  });
}

function startDelivery(app: INestApplication, { roles }: Configuration): void {
  if (!roles.deliver) return;
  app.get(QueueScheduler).start();
  app.get(QueueSweeper).start();
  app.get(QueueNotices).start();
}

async function startConsumers(app: INestApplication): Promise<void> {
  await app.startAllMicroservices();
  app.get(Readiness).markStarted();
}
