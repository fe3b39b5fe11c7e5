import type { QueueNoticeInterface } from '@app/events';
import type {
  NoticeChannelInterface,
  NoticeFailure,
  NoticesSent,
} from './notice-channel.interface.js';
import type { WaitingNotice } from './queue-notice-row.js';

/** Publishes to `applications.queue.status`; the app provides it over Kafka. */
export interface NoticeEmitterInterface {
  /** Resolves when all in-sync replicas have it. */
  emitNotice(notice: QueueNoticeInterface): Promise<void>;
}

/**
 * To the topic, one record a request: of a batch over several partitions kafkajs does not tell which
 * were taken when one fails, and all would be sent again. Queues do not wait for one another, so
 * 10,000 queues that are blocked by one outage are told within seconds.
 */
export class TopicNoticeChannel implements NoticeChannelInterface {
  readonly name = 'topic';
  readonly atOnce = 32;

  constructor(private readonly emitter: NoticeEmitterInterface) {}

  async send(notices: readonly WaitingNotice[], mayGoOn: () => boolean): Promise<NoticesSent> {
    const results = await Promise.all(byQueue(notices).map((each) => this.inOrder(each, mayGoOn)));
    const failure = results.find((result) => result.failure)?.failure;
    return { sent: results.flatMap(({ sent }) => sent), ...(failure ? { failure } : {}) };
  }

  private async inOrder(
    notices: readonly WaitingNotice[],
    mayGoOn: () => boolean,
  ): Promise<NoticesSent> {
    const sent: WaitingNotice[] = [];
    for (const each of notices) {
      if (!mayGoOn()) break;
      const failure = await this.emit(each);
      if (failure) return { sent, failure };
      sent.push(each);
    }
    return { sent };
  }

  private async emit({ notice }: WaitingNotice): Promise<NoticeFailure | undefined> {
    try {
      await this.emitter.emitNotice(notice);
      return undefined;
    } catch (error) {
      return { error, retryAfterMs: null };
    }
  }
}

function byQueue(notices: readonly WaitingNotice[]): WaitingNotice[][] {
  const queues = new Map<string, WaitingNotice[]>();
  for (const each of notices) {
    const { integrationId } = each.notice;
    queues.set(integrationId, [...(queues.get(integrationId) ?? []), each]);
  }
  return [...queues.values()];
}
