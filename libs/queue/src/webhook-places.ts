import type { QueueMessage } from './queue-lease.js';

/**
 * What was delivered to the webhooks of a queue in a run. Messages that were handed out before that was
 * recorded do not know of it: this tells them.
 */
export class WebhookPlaces {
  private readonly delivered = new Map<string, bigint>();

  deliver({ webhookId, seq, place }: QueueMessage): void {
    if (!place.elsewhere) this.delivered.set(webhookId, BigInt(seq));
  }

  /** The message with its place as it is now. */
  of(message: QueueMessage): QueueMessage {
    const last = this.delivered.get(message.webhookId);
    const { elsewhere, previous, skipped } = message.place;
    if (last === undefined || elsewhere || (previous !== null && BigInt(previous) >= last)) {
      return message;
    }
    const left = skipped.filter((seq) => BigInt(seq) > last);
    return { ...message, place: { elsewhere, previous: String(last), skipped: left } };
  }
}
