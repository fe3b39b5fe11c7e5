import type { ReceiverStore } from './receiver-store.js';
import { verifyWebhook, type WebhookMessage, type WebhookRequest } from './verify-webhook.js';

export interface WebhookReceiverOptions<Context> {
  /** Asked at every request, so that a new secret takes over while the process runs. */
  readonly secrets: () => readonly string[];
  readonly store: ReceiverStore<Context>;
  /** See {@link VerifyOptions.maxAgeMs}; nothing is too old when not given. */
  readonly maxAgeMs?: number;
}

/** What the positions say. Worth an alarm; no reason to refuse the message, which would only block the queue. */
export type Observation =
  /** Messages between the two were delivered, says the sender, and were not processed here. */
  | { readonly kind: 'gap'; readonly last: bigint; readonly previous: bigint }
  /** A message that was not processed before comes behind one with a higher position. */
  | { readonly kind: 'inversion'; readonly last: bigint; readonly sequence: bigint };

export interface Received {
  readonly outcome: 'processed' | 'duplicate';
  readonly message: WebhookMessage;
  readonly observations: readonly Observation[];
}

/** Verifies requests, has each message processed once, and looks at the order. Answer 2xx when it resolves. */
export class WebhookReceiver<Context> {
  constructor(private readonly options: WebhookReceiverOptions<Context>) {}

  /**
   * Resolves when the message is processed, now or before. `work` is given the context of the store, such as the client of its
   * transaction.
   *
   * @throws WebhookError for a request that is refused: answer with its status. Whatever `work` throws: answer 500, and
   * the message comes again.
   */
  async receive(
    request: WebhookRequest,
    work: (message: WebhookMessage, context: Context) => Promise<void>,
  ): Promise<Received> {
    const { secrets, store, maxAgeMs } = this.options;
    const age = maxAgeMs === undefined ? {} : { maxAgeMs };
    const message = verifyWebhook(request, { secrets: secrets(), ...age });
    const { messageId, webhookId: stream, place } = message;
    const key = { messageId, stream, sequence: place.sequence };
    const { outcome, last } = await store.once(key, (context) => work(message, context));
    const observations = outcome === 'processed' && last !== null ? observed(message, last) : [];
    return { outcome, message, observations };
  }
}

function observed({ place: { sequence, previous } }: WebhookMessage, last: bigint): Observation[] {
  if (sequence === null) return [];
  if (sequence < last) return [{ kind: 'inversion', last, sequence }];
  return previous !== null && previous > last ? [{ kind: 'gap', last, previous }] : [];
}
