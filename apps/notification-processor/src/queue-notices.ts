import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { DataSource } from '@app/database';
import { AddressGuard, judgeEndpoint, signingKey, WebhookSender } from '@app/delivery';
import { Configuration, Logger } from '@app/platform';
import {
  NoticePublisher,
  NoticeStore,
  StillBlockedWatch,
  TopicNoticeChannel,
  WebhookNoticeChannel,
} from '@app/queue';
import { Injectable } from '@nestjs/common';
import { KafkaMessageEmitter } from './kafka/kafka-message.emitter.js';

/** Renewed while something is on its way; after a kill -9 nothing is sent for so long. */
const LEASE_MS = 15_000;

const TOPIC_BACKOFF = { minMs: 500, maxMs: 10_000 };
const WEBHOOK_BACKOFF = { minMs: 1_000, maxMs: 60_000 };

/** Older notices are not posted: they are on the topic, and a webhook that is new is not flooded. */
const POST_WITHIN_MS = 24 * 3_600_000;

/** A broker that is away is not waited for at the end: what is on its way may then come a second time. */
const STOP_LIMIT_MS = 1_000;

/** The operator's webhook could never be called. */
export class OperatorWebhookRefusedError extends Error {
  readonly code = 'operator_webhook_refused';

  constructor(reason: string) {
    super(`OPERATOR_WEBHOOK_URL cannot be called: ${reason}`);
    this.name = 'OperatorWebhookRefusedError';
  }
}

/** Tells operators which queues are blocked, still blocked, given up, recovered: a job of the role `deliver`. */
@Injectable()
export class QueueNotices {
  private readonly watch: StillBlockedWatch;
  private readonly toTopic: NoticePublisher;
  private readonly sender: WebhookSender | undefined;
  private readonly toWebhook: NoticePublisher | undefined;

  /** @throws OperatorWebhookRefusedError for an endpoint that no webhook could have either. */
  constructor(
    dataSource: DataSource,
    emitter: KafkaMessageEmitter,
    configuration: Configuration,
    logger: Logger,
  ) {
    const log = logger.child('notices');
    const owner = `${hostname()}:${process.pid}`;
    const store = new NoticeStore(dataSource, { owner, leaseMs: LEASE_MS });
    this.watch = new StillBlockedWatch(store, log);
    const topic = new TopicNoticeChannel(emitter);
    this.toTopic = new NoticePublisher(store, topic, log, { backoff: TOPIC_BACKOFF });
    const { operatorWebhook, delivery } = configuration;
    if (operatorWebhook === undefined) return;
    const guard = new AddressGuard(delivery);
    const verdict = judgeEndpoint(operatorWebhook.url, { ...delivery, guard });
    if (!verdict.ok) throw new OperatorWebhookRefusedError(verdict.reason);
    this.sender = new WebhookSender({ ...delivery, connectionsPerOrigin: 1 });
    const webhook = new WebhookNoticeChannel(this.sender, {
      endPoint: operatorWebhook.url,
      secret: signingKey(operatorWebhook.secret),
    });
    this.toWebhook = new NoticePublisher(store, webhook, log, {
      backoff: WEBHOOK_BACKOFF,
      expireAfterMs: POST_WITHIN_MS,
    });
  }

  start(): void {
    this.watch.start();
    this.toTopic.start();
    this.toWebhook?.start();
  }

  /** Resolves when no request to the operator is under way and, where the broker answers, no notice. */
  async stop(): Promise<void> {
    const ended = Promise.all([this.watch.stop(), this.toTopic.stop()]);
    await Promise.all([Promise.race([ended, delay(STOP_LIMIT_MS)]), this.toWebhook?.stop()]);
    await this.sender?.close();
  }
}
