/** What a store has to know of a message. */
export interface WebhookMessage {
  readonly messageId: string;
  readonly webhookId: string;
  /** Position in the queue; undefined where the request did not say. */
  readonly sequence: number | undefined;
}

export type ClaimResult =
  /** It is the caller's to handle, under this token. */
  | { readonly kind: 'claimed'; readonly token: string; readonly highest: number | undefined }
  /** It was handled before. */
  | { readonly kind: 'processed'; readonly highest: number | undefined }
  /** Another request has claimed it, and its time is not over. */
  | { readonly kind: 'in_progress' };

/**
 * Remembers which messages were processed, and how far each webhook has come. `Transaction` is what a
 * handler gets to take part in the store's own.
 *
 * A message is marked only after its work has succeeded, so a crash in between repeats the work: at
 * least once. Where the work is done in the transaction that marks, its effects are there once.
 */
export interface WebhookStore<Transaction = undefined> {
  /**
   * Claims a message that is neither processed nor claimed by somebody whose `claimMs` are running:
   * of several at once exactly one gets it. `highest` is the highest position of its webhook that was
   * processed so far. A processed message has its position recorded again, because the platform may
   * send it under a new one.
   */
  claim(message: WebhookMessage, claimMs: number): Promise<ClaimResult>;

  /**
   * Does the work and marks the message as processed, its position with it.
   *
   * @throws WebhookError `claim_lost` when somebody else has claimed it meanwhile and the work could
   *   be undone; whatever the work throws. The message is then not marked.
   */
  complete(
    message: WebhookMessage,
    token: string,
    work: (transaction: Transaction) => Promise<void>,
  ): Promise<void>;

  /** Gives the claim back before its time; does nothing where it is somebody else's by now. */
  release(message: WebhookMessage, token: string): Promise<void>;
}
