import { setTimeout as wait } from 'node:timers/promises';
import { LeaseRenewal } from './lease-renewal.js';
import type { NoticeChannelInterface, NoticesSent } from './notice-channel.interface.js';
import type { NoticeLease, NoticeStore } from './notice.store.js';
import type { QueueLogInterface } from './queue-log.interface.js';
import type { WaitingNotice } from './queue-notice-row.js';
import { RecurringJob } from './recurring-job.js';
import { retryDelayMs, type RetryBackoff } from './retry-backoff.js';

/** How soon a notice is seen, give or take a fifth: one statement that mostly finds nothing. */
const POLL_MS = 1_000;

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 2_000;

export interface NoticePublisherOptions {
  /** After a try that failed, for whichever replica is next. */
  readonly backoff: RetryBackoff;
  /** Older notices are not sent any more; absent: all are, however late. Milliseconds. */
  readonly expireAfterMs?: number;
  readonly pollMs?: number;
}

/**
 * Empties the outbox of notices by one channel, one replica at a time, in order.
 *
 * Every notice once: it is marked after it was acknowledged. Only a crash in between (of this process,
 * of the database, or of what acknowledges) repeats those that were on their way, with the same
 * `noticeId`. The lease is renewed while something is on its way, so a slow broker does not let a
 * second replica in; when its holder is killed another one goes on as soon as it has run out.
 */
export class NoticePublisher {
  private readonly job: RecurringJob;

  constructor(
    private readonly store: NoticeStore,
    private readonly channel: NoticeChannelInterface,
    private readonly log: QueueLogInterface,
    private readonly options: NoticePublisherOptions,
  ) {
    this.job = new RecurringJob(() => this.turn(), options.pollMs ?? POLL_MS);
  }

  start(): void {
    this.job.start();
  }

  /** Resolves once nothing is on its way any more. */
  stop(): Promise<void> {
    return this.job.stop();
  }

  private async turn(): Promise<void> {
    const { name } = this.channel;
    try {
      const lease = await this.store.claim(name);
      if (lease) await this.useLease(lease);
    } catch (error) {
      // The database: the lease runs out by itself, and what waits is found again.
      this.log.error('notices.delayed', { channel: name, error });
    }
  }

  private async useLease(lease: NoticeLease): Promise<void> {
    const { store, channel } = this;
    const renewal = new LeaseRenewal(lease, store.leaseMs, () => store.renew(channel.name, lease));
    try {
      const rest = await this.empty(lease, renewal);
      await store.release(channel.name, lease, rest);
    } finally {
      renewal.end();
    }
  }

  /** Until nothing waits, something fails, the lease is lost or the process ends. */
  private async empty(lease: NoticeLease, renewal: LeaseRenewal): Promise<Rest> {
    await this.expire();
    const mayGoOn = (): boolean => !this.job.isStopping && !renewal.isLost;
    let { failures } = lease;
    while (mayGoOn()) {
      const notices = await this.store.waiting(this.channel.name, this.channel.atOnce);
      if (notices.length === 0) break;
      const result = await this.channel.send(notices, mayGoOn);
      await this.record(result);
      if (result.sent.length > 0) failures = 0;
      if (result.failure) return this.failed(result, failures + 1, notices.length);
    }
    return { failures, restMs: 0 };
  }

  private async expire(): Promise<void> {
    const { expireAfterMs } = this.options;
    if (expireAfterMs === undefined) return;
    const expired = await this.store.expire(this.channel.name, expireAfterMs);
    if (expired > 0) {
      this.log.warn('notices.expired', { channel: this.channel.name, notices: expired });
    }
  }

  /** What was acknowledged is marked, however long the database is away: else it would be sent again. */
  private async record({ sent }: NoticesSent): Promise<void> {
    if (sent.length === 0) return;
    for (const each of sent) this.log.info('notice.sent', this.fieldsOf(each));
    const ids = sent.map(({ id }) => id);
    for (let delayMs = FIRST_RETRY_MS; ; delayMs = Math.min(delayMs * 2, LAST_RETRY_MS)) {
      try {
        return await this.store.markSent(this.channel.name, ids);
      } catch (error) {
        this.log.error('notices.not_marked', { channel: this.channel.name, error, delayMs });
        if (this.job.isStopping) throw error;
        await wait(delayMs);
      }
    }
  }

  private failed({ sent, failure }: NoticesSent, failures: number, of: number): Rest {
    const retryAfterMs = failure?.retryAfterMs ?? null;
    const attempt = { attempt: failures, retryAfterMs };
    const restMs = retryDelayMs(this.options.backoff, attempt, Math.random());
    this.log.warn('notices.not_sent', {
      channel: this.channel.name,
      error: failure?.error,
      notices: of - sent.length,
      failures,
      retryInMs: restMs,
    });
    return { failures, restMs };
  }

  private fieldsOf({ notice }: WaitingNotice): Record<string, unknown> {
    const { noticeId, kind, integrationId, organizationId, episode, date } = notice;
    const ageMs = Date.now() - Date.parse(date);
    return {
      channel: this.channel.name,
      noticeId,
      kind,
      integrationId,
      organizationId,
      episode,
      ageMs,
    };
  }
}

interface Rest {
  readonly failures: number;
  readonly restMs: number;
}
