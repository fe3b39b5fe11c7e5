/** What a store has to remember of a message. */
export interface MessageKey {
  readonly messageId: string;
  /** Messages of one stream come in order: a webhook's. */
  readonly stream: string;
  /** Null where the request did not say. */
  readonly sequence: bigint | null;
}

export interface OnceResult {
  readonly outcome: 'processed' | 'duplicate';
  /** Highest position of the stream that was processed before; null: none. */
  readonly last: bigint | null;
}

/**
 * Remembers what was processed. `Context` is what the work needs to be part of the store's transaction; nothing, in
 * memory.
 */
export interface ReceiverStore<Context> {
  /**
   * Runs the work unless the message was processed, and remembers it only once the work has succeeded. Of two requests
   * for one message at the same time the second waits for the first, and runs only if that failed. Rejects as
   * the work does, having remembered nothing.
   */
  once(message: MessageKey, work: (context: Context) => Promise<void>): Promise<OnceResult>;
}
