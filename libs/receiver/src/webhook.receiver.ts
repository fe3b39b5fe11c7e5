import { observeChain, type ChainObservation } from './chain-observation.js';
import { WebhookError } from './receiver.errors.js';
import { usableSecrets, type WebhookSecrets } from './signature.js';
import { verifyWebhook, type WebhookRequest } from './verify-webhook.js';
import type { WebhookEvent } from './webhook-event.js';
import type { WebhookMessage, WebhookStore } from './webhook-store.interface.js';

export interface WebhookReceiverOptions<Transaction> {
  readonly secrets: WebhookSecrets;
  readonly store: WebhookStore<Transaction>;
  /**
   * How long a message may be handled before another request with it may handle it, too, in ms;
   * 30,000 when not given. After a crash a message waits that long: the platform tries it again.
   */
  readonly claimMs?: number;
  /** Refuses what was queued longer ago, in ms. Not given, none is too old; see `verifyWebhook`. */
  readonly maxAgeMs?: number;
  /** The time, in ms since 1970; this machine's clock when not given. */
  readonly now?: () => number;
}

export interface WebhookContext<Transaction> {
  /** The store's own transaction: what is done in it is there once, however often a message comes. */
  readonly transaction: Transaction;
  readonly observations: readonly ChainObservation[];
}

export type WebhookHandler<Transaction = undefined, Body = unknown> = (
  event: WebhookEvent<Body>,
  context: WebhookContext<Transaction>,
) => void | Promise<void>;

export interface ReceiveResult<Body = unknown> {
  /** `duplicate`: processed before, so the handler was not called. Answer 2xx to both. */
  readonly outcome: 'processed' | 'duplicate';
  readonly event: WebhookEvent<Body>;
  readonly observations: readonly ChainObservation[];
}

const DEFAULT_CLAIM_MS = 30_000;

/** Verifies requests and has each message handled once, as far as the store can tell. */
export class WebhookReceiver<Transaction = undefined> {
  readonly #options: WebhookReceiverOptions<Transaction>;

  /** @throws WebhookError `secrets_missing`: at the start of a process, not with the first request. */
  constructor(options: WebhookReceiverOptions<Transaction>) {
    this.#options = { ...options, secrets: usableSecrets(options.secrets) };
  }

  /**
   * Answer 2xx when it resolves, and `statusOf(error)` when it rejects: the message then comes again.
   *
   * @throws WebhookError as `verifyWebhook` does, and `in_progress`, `claim_lost`; whatever the handler
   *   or the store throws.
   */
  async receive<Body = unknown>(
    { rawBody, headers }: WebhookRequest,
    handle: WebhookHandler<Transaction, Body>,
  ): Promise<ReceiveResult<Body>> {
    const { store, claimMs = DEFAULT_CLAIM_MS } = this.#options;
    const event = verifyWebhook<Body>({ ...this.#options, rawBody, headers });
    const { messageId, webhookId } = event.header;
    const message = { messageId, webhookId, sequence: event.position.sequence };
    const claim = await store.claim(message, claimMs);
    if (claim.kind === 'in_progress') {
      throw new WebhookError('in_progress', `Message ${messageId} is being handled.`);
    }
    const isDuplicate = claim.kind === 'processed';
    const observations = observeChain(event.position, { highest: claim.highest, isDuplicate });
    if (claim.kind === 'processed') return { outcome: 'duplicate', event, observations };
    await this.#handle(message, claim.token, async (transaction) =>
      handle(event, { transaction, observations }),
    );
    return { outcome: 'processed', event, observations };
  }

  /** What fails is given back at once: the next attempt has not to wait for the claim to run out. */
  async #handle(
    message: WebhookMessage,
    token: string,
    work: (transaction: Transaction) => Promise<void>,
  ): Promise<void> {
    const { store } = this.#options;
    try {
      await store.complete(message, token, work);
    } catch (error) {
      // Should this fail as well, time frees the claim: the reason to tell of is the first one.
      await store.release(message, token).catch(() => undefined);
      throw error;
    }
  }
}
