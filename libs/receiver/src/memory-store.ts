import type { MessageKey, OnceResult, ReceiverStore } from './receiver-store.js';

export interface MemoryStoreOptions {
  /** Messages that are remembered; 100,000 when not given. The oldest go first. */
  readonly maxMessages?: number;
}

const MAX_MESSAGES = 100_000;

/**
 * Remembers in this process alone: for one process that may forget everything at its end, and for tests. What
 * comes again after a restart is processed again.
 */
export class MemoryStore implements ReceiverStore<void> {
  private readonly processed = new Set<string>();
  private readonly running = new Map<string, Promise<unknown>>();
  private readonly last = new Map<string, bigint>();
  private readonly maxMessages: number;

  constructor({ maxMessages = MAX_MESSAGES }: MemoryStoreOptions = {}) {
    this.maxMessages = maxMessages;
  }

  async once(message: MessageKey, work: (context: void) => Promise<void>): Promise<OnceResult> {
    const { messageId, stream } = message;
    for (let other = this.running.get(messageId); other; other = this.running.get(messageId)) {
      await other.catch(() => undefined);
    }
    const last = this.last.get(stream) ?? null;
    if (this.processed.has(messageId)) return { outcome: 'duplicate', last };
    const running = work();
    this.running.set(messageId, running);
    try {
      await running;
    } finally {
      this.running.delete(messageId);
    }
    this.remember(message);
    return { outcome: 'processed', last };
  }

  private remember({ messageId, stream, sequence }: MessageKey): void {
    this.processed.add(messageId);
    const [oldest] = this.processed;
    if (this.processed.size > this.maxMessages && oldest !== undefined) {
      this.processed.delete(oldest);
    }
    const last = this.last.get(stream) ?? -1n;
    if (sequence !== null && sequence > last) this.last.set(stream, sequence);
  }
}
