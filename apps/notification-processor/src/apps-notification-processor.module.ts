import { ClientIdentityQuery, DeliveryKeysQuery, SecretCipher } from '@app/applications';
import { DataSource } from '@app/database';
import { WebhookSender } from '@app/delivery';
import { FormatterRegistry } from '@app/formatters';
import { Metrics, MetricsController, PipelineMetrics } from '@app/metrics';
import {
  Configuration,
  ConfigurationModule,
  HealthController,
  Logger,
  LoggingModule,
  Readiness,
} from '@app/platform';
import {
  IngestStore,
  MessageEnqueuer,
  OriginSlots,
  DeliveryRecorder,
  EndpointProofs,
  EndpointProofsStore,
  OutcomeRecorder,
  QueueProcessor,
  QueueScheduler,
  QueueStore,
  QueueSweeper,
  ReadyQueues,
  RUN_MESSAGES,
} from '@app/queue';
import { IntegrationWebhooksQuery } from '@app/subscriptions';
import { Tracing } from '@app/tracing';
import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { DATABASE } from './database.provider.js';
import { KafkaConsumers } from './kafka-consumers.js';
import { kafkaSettingsOf } from './kafka-settings.js';
import { createKafka } from './kafka/kafka-client.js';
import { KafkaMessageEmitter } from './kafka/kafka-message.emitter.js';
import { kafkaClientOptions } from './kafka/kafka-options.js';
import { NotificationProcessorController } from './notification-processor.controller.js';
import { ProcessorMetrics } from './processor-metrics.js';
import { QueueNotices } from './queue-notices.js';
import { ProcessorReadiness } from './processor-readiness.js';
import { QueueMessageController } from './queue-message.controller.js';
import { RETENTION } from './retention.provider.js';
import { LEASE_OWNER, SETTLE } from './settle.provider.js';
import { TRACES } from './tracing.provider.js';

/** What a request needs of a lease beyond its own deadline: the sender's watchdog and the commit. */
const LEASE_MARGIN_MS = 2_000;

/** ② format: every topic has exactly one formatter, or the service does not start. */
const FORMAT: Provider[] = [
  {
    provide: FormatterRegistry,
    inject: [Configuration],
    useFactory: ({ ingest, dispatch }: Configuration) =>
      new FormatterRegistry({
        maxBytes: ingest.maxBytes,
        deliveryOrderUpdated: dispatch.deliveryOrderUpdated,
      }),
  },
];

/** ③ match. */
const MATCH: Provider[] = [
  {
    provide: IntegrationWebhooksQuery,
    inject: [DataSource, Configuration],
    useFactory: (dataSource: DataSource, { ingest }: Configuration) =>
      new IntegrationWebhooksQuery(dataSource, { clockSkewMs: ingest.clockSkewMs }),
  },
];

/** ④ enqueue: one transaction a batch; afterwards a wake-up for every queue that was idle. */
const ENQUEUE: Provider[] = [
  ReadyQueues,
  {
    provide: IngestStore,
    inject: [DataSource, Configuration],
    useFactory: (dataSource: DataSource, { delivery: { leaseMs } }: Configuration) =>
      new IngestStore(dataSource, undefined, {
        owner: LEASE_OWNER,
        leaseMs,
        runMessages: RUN_MESSAGES,
      }),
  },
  {
    provide: KafkaMessageEmitter,
    inject: [Configuration, Logger],
    useFactory: ({ kafka }: Configuration, logger: Logger) => {
      const log = logger.child('kafka');
      return new KafkaMessageEmitter({
        kafka: createKafka(kafkaClientOptions(kafkaSettingsOf(kafka), log), log),
        topicPrefix: kafka.topicPrefix,
        logger: log,
      });
    },
  },
  {
    provide: MessageEnqueuer,
    inject: [
      IngestStore,
      IntegrationWebhooksQuery,
      KafkaMessageEmitter,
      ReadyQueues,
      Logger,
      PipelineMetrics,
      Tracing,
    ],
    useFactory: (...[store, webhooks, emitter, ready, ...reports]: EnqueuerInjections) => {
      const [logger, metrics, { tracer }] = reports;
      const log = logger.child('ingest');
      return new MessageEnqueuer(store, webhooks, emitter, ready, { log, metrics, tracer });
    },
  },
];

/** ⑤ send: sign and POST, one message of a queue at a time. */
const SEND: Provider[] = [
  {
    provide: SecretCipher,
    inject: [Configuration],
    useFactory: ({ secretsKeys }: Configuration) =>
      new SecretCipher(secretsKeys.current, secretsKeys.secondary),
  },
  ...[DeliveryKeysQuery, ClientIdentityQuery].map((query) => ({
    provide: query,
    inject: [DataSource, SecretCipher],
    useFactory: (dataSource: DataSource, cipher: SecretCipher) => new query(dataSource, cipher),
  })),
  {
    provide: WebhookSender,
    inject: [Configuration],
    useFactory: ({ delivery }: Configuration) =>
      new WebhookSender({ ...delivery, connectionsPerOrigin: delivery.concurrencyPerOrigin }),
  },
  {
    provide: EndpointProofs,
    inject: [DataSource],
    useFactory: (dataSource: DataSource) => new EndpointProofs(new EndpointProofsStore(dataSource)),
  },
  {
    provide: OriginSlots,
    inject: [Configuration],
    useFactory: ({ delivery }: Configuration) => new OriginSlots(delivery.concurrencyPerOrigin),
  },
];

/** The queue: process, send, error; what wakes it and what finds it when a wake-up was lost. */
const QUEUE: Provider[] = [
  {
    provide: QueueProcessor,
    inject: [
      MessageEnqueuer,
      QueueStore,
      OutcomeRecorder,
      DeliveryRecorder,
      DeliveryKeysQuery,
      ClientIdentityQuery,
      WebhookSender,
      EndpointProofs,
      KafkaMessageEmitter,
      Configuration,
      Logger,
      PipelineMetrics,
      Tracing,
    ],
    useFactory: (
      ...[
        enqueuer,
        store,
        recorder,
        deliveries,
        keys,
        identities,
        sender,
        endpointProofs,
        emitter,
        configuration,
        logger,
        metrics,
        { tracer },
      ]: QueueProcessorInjections
    ) => {
      const { delivery, recovery } = configuration;
      const log = logger.child('delivery');
      const proofs = delivery.challenge ? endpointProofs : undefined;
      const sending = { deliveries, keys, identities, sender, proofs };
      return new QueueProcessor(
        { enqueuer, store, recorder, ...sending, emitter, log, metrics, tracer },
        {
          ahead: delivery.ahead,
          neededOfLeaseMs: delivery.timeoutMs + LEASE_MARGIN_MS,
          backoff: { minMs: recovery.backoffMinMs, maxMs: recovery.backoffMaxMs },
        },
      );
    },
  },
  {
    provide: QueueScheduler,
    inject: [QueueStore, QueueProcessor, ReadyQueues, OriginSlots, Configuration, Logger],
    useFactory: (
      ...[store, processor, ready, origins, { delivery }, logger]: SchedulerInjections
    ) =>
      new QueueScheduler(store, processor, { ready, origins }, logger.child('scheduler'), {
        concurrency: delivery.concurrency,
      }),
  },
  {
    provide: QueueSweeper,
    inject: [QueueStore, ReadyQueues, OriginSlots, Configuration, Logger],
    useFactory: (
      store: QueueStore,
      ready: ReadyQueues,
      origins: OriginSlots,
      { sweep }: Configuration,
      logger: Logger,
    ) => new QueueSweeper(store, { ready, origins }, logger.child('sweeper'), sweep.intervalMs),
  },
];

type EnqueuerInjections = [
  IngestStore,
  IntegrationWebhooksQuery,
  KafkaMessageEmitter,
  ReadyQueues,
  Logger,
  PipelineMetrics,
  Tracing,
];
type QueueProcessorInjections = [
  MessageEnqueuer,
  QueueStore,
  OutcomeRecorder,
  DeliveryRecorder,
  DeliveryKeysQuery,
  ClientIdentityQuery,
  WebhookSender,
  EndpointProofs,
  KafkaMessageEmitter,
  Configuration,
  Logger,
  PipelineMetrics,
  Tracing,
];
type SchedulerInjections = [
  QueueStore,
  QueueProcessor,
  ReadyQueues,
  OriginSlots,
  Configuration,
  Logger,
];

/** The pipeline, stage by stage, in the order in which an event goes through it. */
@Module({})
export class AppsNotificationProcessorModule {
  static forRoot(configuration: Configuration, logger: Logger, metrics: Metrics): DynamicModule {
    return {
      module: AppsNotificationProcessorModule,
      imports: [ConfigurationModule.forProcessor(configuration), LoggingModule.forRoot(logger)],
      // ① consume
      controllers: [
        NotificationProcessorController,
        QueueMessageController,
        HealthController,
        MetricsController,
      ],
      providers: [
        DATABASE,
        { provide: Metrics, useValue: metrics },
        { provide: PipelineMetrics, useValue: new PipelineMetrics(metrics) },
        ProcessorMetrics,
        TRACES,
        ...FORMAT,
        ...MATCH,
        ...ENQUEUE,
        ...SEND,
        ...SETTLE,
        ...QUEUE,
        RETENTION,
        QueueNotices,
        KafkaConsumers,
        { provide: Readiness, useClass: ProcessorReadiness },
      ],
    };
  }
}
