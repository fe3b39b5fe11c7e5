import type { KeyObject } from 'node:crypto';
import type { WebhookSender } from '@app/delivery';
import { buildNoticeEnvelope } from '@app/events';
import type { NoticeChannelInterface, NoticesSent } from './notice-channel.interface.js';
import { NoticeRefusedError } from './queue.errors.js';
import type { WaitingNotice } from './queue-notice-row.js';

export interface OperatorEndpoint {
  readonly endPoint: string;
  readonly secret: KeyObject;
}

/** To the operator's webhook, strictly one after the other, signed like every POST. */
export class WebhookNoticeChannel implements NoticeChannelInterface {
  readonly name = 'webhook';
  readonly atOnce = 1;

  /** The sender is nobody else's: a slow operator uses up no connection that receivers need. */
  constructor(
    private readonly sender: WebhookSender,
    private readonly operator: OperatorEndpoint,
  ) {}

  async send(notices: readonly WaitingNotice[], mayGoOn: () => boolean): Promise<NoticesSent> {
    const sent: WaitingNotice[] = [];
    for (const each of notices) {
      if (!mayGoOn()) break;
      const body = buildNoticeEnvelope(each.notice);
      const { secret } = this.operator;
      const standard = { id: each.notice.noticeId, secrets: [secret], privateKeys: [] };
      const outcome = await this.sender.post({ ...this.operator, headers: {}, body, standard });
      if (outcome.kind !== 'delivered') {
        const { code, message, retryAfterMs } = outcome;
        return { sent, failure: { error: new NoticeRefusedError(code, message), retryAfterMs } };
      }
      sent.push(each);
    }
    return { sent };
  }
}
