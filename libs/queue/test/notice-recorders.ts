import type { QueueNoticeInterface } from '@app/events';
import type { NoticeEmitterInterface } from '@app/queue';

/** Keeps what would go to the topic; a spec may let it fail or wait by queue. */
export class RecordingNoticeEmitter implements NoticeEmitterInterface {
  readonly notices: QueueNoticeInterface[] = [];
  /** Asked before each: it may reject, or resolve late. */
  before: (notice: QueueNoticeInterface) => Promise<void> = () => Promise.resolve();

  async emitNotice(notice: QueueNoticeInterface): Promise<void> {
    await this.before(notice);
    this.notices.push(notice);
  }

  /** Kinds in the order in which they came, of one queue or of all. */
  kinds(queueId?: string): string[] {
    return this.notices
      .filter(({ integrationId }) => queueId === undefined || integrationId === queueId)
      .map(({ kind }) => kind);
  }
}
