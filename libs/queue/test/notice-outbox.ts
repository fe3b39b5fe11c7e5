import { randomUUID } from 'node:crypto';
import type { QueueNoticeKind } from '@app/events';
import {
  type NoticeChannelInterface,
  type NoticeChannelName,
  NoticePublisher,
  type NoticePublisherOptions,
  NoticeStore,
} from '@app/queue';
import { waitFor } from '@app/testing';
import type { DataSource } from 'typeorm';
import { QueueFixture } from './queue-fixture.js';
import { RecordingLog } from './recorders.js';

const SENT_AT = { topic: 'emitted_at', webhook: 'posted_at' } as const;

/** A database with notices in its outbox, and publishers as of several replicas. */
export class NoticeOutbox {
  readonly log = new RecordingLog();
  private readonly publishers: NoticePublisher[] = [];
  private episodes = 0;

  private constructor(readonly fixture: QueueFixture) {}

  static async create(): Promise<NoticeOutbox> {
    return new NoticeOutbox(await QueueFixture.create());
  }

  drop(): Promise<void> {
    return this.fixture.drop();
  }

  store(
    { owner = 'test', leaseMs = 15_000 } = {},
    dataSource: DataSource = this.fixture.dataSource,
  ): NoticeStore {
    return new NoticeStore(dataSource, { owner, leaseMs });
  }

  /** Started, and stopped by `clear`. It looks every 10 ms and is as quick to try again. */
  publisher(
    channel: NoticeChannelInterface,
    options: Partial<NoticePublisherOptions> = {},
    store = this.store(),
  ): NoticePublisher {
    const quick = { pollMs: 10, backoff: { minMs: 10, maxMs: 50 } };
    const publisher = new NoticePublisher(store, channel, this.log, { ...quick, ...options });
    this.publishers.push(publisher);
    publisher.start();
    return publisher;
  }

  /** Ends what runs and empties the outbox. */
  async clear(): Promise<void> {
    await Promise.all(this.publishers.splice(0).map((each) => each.stop()));
    this.log.lines.length = 0;
    await this.fixture.database.query(`TRUNCATE queue_notice;
      UPDATE notice_channel SET lease_until = '-infinity', failures = 0`);
  }

  /** Writes notices of one queue, each of an episode of its own, in one statement; returns the queue. */
  async write(kinds: readonly QueueNoticeKind[], queueId: string = randomUUID()): Promise<string> {
    this.episodes += kinds.length;
    await this.fixture.database.query(
      `INSERT INTO queue_notice (queue_id, organization_id, kind, episode, detail)
       SELECT $1, 'organization', n.kind, timestamptz 'epoch' + (n.ord + $3) * interval '1 minute',
              json_build_object('messageId', gen_random_uuid(), 'webhookId', gen_random_uuid(), 'attempts', 1, 'depth', 1,
                                'outcome', 'rejected', 'code', 'http_status', 'statusCode', 503, 'error', 'It answered 503')
       FROM unnest($2::text[]) WITH ORDINALITY AS n (kind, ord) ORDER BY n.ord`,
      [queueId, kinds, this.episodes],
    );
    return queueId;
  }

  /** How many wait. */
  async waiting(channel: NoticeChannelName): Promise<number> {
    const { n } = await this.fixture.database.one<{ n: number }>(
      `SELECT count(*)::integer AS n FROM queue_notice WHERE ${SENT_AT[channel]} IS NULL`,
    );
    return n;
  }

  async emptied(channel: NoticeChannelName, timeoutMs = 10_000): Promise<void> {
    await waitFor(async () => (await this.waiting(channel)) === 0, { timeoutMs });
  }
}
