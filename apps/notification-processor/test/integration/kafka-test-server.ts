import 'reflect-metadata';
import { type KafkaRecord } from '@app/events';
import { Controller, Module, type INestMicroservice } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventPattern, Payload } from '@nestjs/microservices';
import type { Consumer, Message, Producer } from 'kafkajs';
import { BatchServerKafka } from '../../src/kafka/batch-server-kafka.js';
import { createKafka } from '../../src/kafka/kafka-client.js';
import {
  kafkaClientOptions,
  kafkaProducerOptions,
  kafkaServerOptions,
} from '../../src/kafka/kafka-options.js';
import { DOMAIN_KAFKA } from '../../src/kafka/kafka-transports.js';
import { RpcErrorFilter } from '../../src/kafka/rpc-error.filter.js';
import type { LogFields } from '../../src/kafka/transport-logger.interface.js';

export interface LoggedLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly event: string;
  readonly fields: LogFields;
}

/** Keeps the lines for a spec to look at. */
export class KeptLog {
  readonly lines: LoggedLine[] = [];
  readonly debug = this.keep('debug');
  readonly info = this.keep('info');
  readonly warn = this.keep('warn');
  readonly error = this.keep('error');

  of(event: string): readonly LoggedLine[] {
    return this.lines.filter((line) => line.event === event);
  }

  private keep(level: LoggedLine['level']) {
    return (event: string, fields: LogFields = {}): void => {
      this.lines.push({ level, event, fields });
    };
  }
}

export interface TestServerOptions {
  readonly brokers: readonly string[];
  readonly groupId: string;
  readonly topicPrefix: string;
  readonly topics: readonly string[];
  readonly handler: (records: readonly KafkaRecord[]) => unknown;
  readonly batchSize?: number;
  readonly filter?: (registered: readonly string[]) => readonly string[];
}

export interface TestServer {
  readonly app: INestMicroservice;
  readonly log: KeptLog;
  /** Events of the consumer by name, in order: `consumer.heartbeat` and so on. */
  readonly events: string[];
  listen(): Promise<void>;
  close(): Promise<void>;
}

/** Often, so that a spec that waits for a heartbeat does not take long. */
const HEARTBEAT_MS = 100;

/** A Nest microservice with one batch handler, on the transport that the app uses. */
export async function createTestServer(options: TestServerOptions): Promise<TestServer> {
  const { brokers, groupId, topicPrefix, topics, handler, batchSize = 500, filter } = options;
  const log = new KeptLog();
  const events: string[] = [];
  const kafka = kafkaServerOptions({ brokers, clientId: 'spec' }, groupId, log);
  const strategy = new BatchServerKafka({
    transportId: DOMAIN_KAFKA,
    kafka: { ...kafka, consumer: { ...kafka.consumer, heartbeatInterval: HEARTBEAT_MS } },
    topicPrefix,
    batchSize,
    partitionsConsumedConcurrently: 8,
    logger: log,
    onConsumer: (consumer) => recordEvents(consumer, events),
    ...(filter === undefined ? {} : { topics: filter }),
  });
  const app = await NestFactory.createMicroservice(moduleOf(topics, handler), {
    strategy,
    logger: false,
  });
  app.useGlobalFilters(new RpcErrorFilter());
  return { app, log, events, listen: () => app.listen(), close: () => app.close() };
}

function recordEvents(consumer: Consumer, events: string[]): void {
  const { HEARTBEAT, GROUP_JOIN, REBALANCING, CRASH, STOP } = consumer.events;
  for (const name of [HEARTBEAT, GROUP_JOIN, REBALANCING, CRASH, STOP] as const) {
    consumer.on(name, () => void events.push(name));
  }
}

function moduleOf(topics: readonly string[], handler: TestServerOptions['handler']) {
  @Controller()
  class BatchController {
    @EventPattern([...topics], DOMAIN_KAFKA)
    handle(@Payload() records: readonly KafkaRecord[]): unknown {
      return handler(records);
    }
  }

  @Module({ controllers: [BatchController] })
  class BatchModule {}

  @Module({})
  class EmptyModule {}

  return topics.length > 0 ? BatchModule : EmptyModule;
}

/** Sends with kafkajs, to the partition that a message names, and disconnects. */
export async function produce(
  brokers: readonly string[],
  topic: string,
  messages: readonly Message[],
): Promise<void> {
  const log = new KeptLog();
  const kafka = createKafka(kafkaClientOptions({ brokers, clientId: 'spec-producer' }, log), log);
  const producer: Producer = kafka.producer(kafkaProducerOptions());
  await producer.connect();
  try {
    await producer.send({ topic, messages: [...messages] });
  } finally {
    await producer.disconnect();
  }
}
