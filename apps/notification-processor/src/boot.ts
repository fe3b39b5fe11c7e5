import { MESSAGE_FAILED_TOPIC, MESSAGE_PROCESS_TOPIC, ORGANIZATION_TOPICS } from '@app/events';
import { DataSource, migrate, pendingMigrations } from '@app/database';
import { type BootStep, type Configuration, type Logger, waitUntil } from '@app/platform';
import { QueueScheduler, QueueSweeper } from '@app/queue';
import type { INestApplication } from '@nestjs/common';
import { PendingMigrationsError, PortTakenError } from './boot.errors.js';
import { databaseRefusal } from './database-refusal.js';
import { kafkaSettingsOf } from './kafka-settings.js';
import { createKafka } from './kafka/kafka-client.js';
import { KafkaMessageEmitter } from './kafka/kafka-message.emitter.js';
import { kafkaProbeOptions } from './kafka/kafka-options.js';
import { bootstrapTopics } from './kafka/topic-bootstrap.js';
import { Readiness } from './readiness.js';

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
  const steps: BootStep[] = [
    { name: 'answer health checks', run: () => listen(app, configuration) },
    { name: 'connect the database', run: () => connectDatabase(app, configuration, logger) },
    { name: 'migrate the database', run: () => migrateDatabase(app, configuration, logger) },
    { name: 'find the broker and its topics', run: () => findTopics(configuration, root) },
    { name: 'connect the producer', run: () => app.get(KafkaMessageEmitter).connect() },
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

async function listen(app: INestApplication, { ports }: Configuration): Promise<void> {
  try {
    await app.listen(ports.processor);
  } catch (error) {
    const { code } = error as { code?: unknown };
    throw code === 'EADDRINUSE' ? new PortTakenError('PROCESSOR_PORT', ports.processor) : error;
  }
}

async function connectDatabase(
  app: INestApplication,
  { lifecycle }: Configuration,
  logger: Logger,
): Promise<void> {
  const dataSource = app.get(DataSource);
  try {
    await waitUntil('the database (DATABASE_URL)', () => dataSource.initialize(), {
      timeoutMs: lifecycle.startTimeoutMs,
      giveUpOn: (error) => databaseRefusal(error) !== undefined,
      onAttempt: ({ error, nextDelayMs }) =>
        logger.warn('database.awaited', { error, retryInMs: nextDelayMs }),
    });
  } catch (error) {
    throw databaseRefusal(error) ?? error;
  }
}

async function migrateDatabase(
  app: INestApplication,
  { database }: Configuration,
  logger: Logger,
): Promise<void> {
  const dataSource = app.get(DataSource);
  if (database.migrate) {
    logger.info('database.migrated', { migrations: await migrate(dataSource) });
    return;
  }
  const pending = await pendingMigrations(dataSource);
  if (pending.length > 0) throw new PendingMigrationsError(pending);
}

async function findTopics({ kafka, lifecycle }: Configuration, parent: Logger): Promise<void> {
  const logger = parent.child('kafka');
  await bootstrapTopics({
    kafka: createKafka(kafkaProbeOptions(kafkaSettingsOf(kafka), logger), logger),
    brokers: kafka.brokers,
    topics: [...ORGANIZATION_TOPICS, MESSAGE_PROCESS_TOPIC, MESSAGE_FAILED_TOPIC],
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
}

async function startConsumers(app: INestApplication): Promise<void> {
  await app.startAllMicroservices();
  app.get(Readiness).markStarted();
}
