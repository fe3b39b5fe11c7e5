import { randomUUID } from 'node:crypto';
import type { ClaimResult, WebhookMessage, WebhookStore } from './webhook-store.interface.js';

export interface MemoryStoreOptions {
  /** The oldest beyond that many are forgotten; 100,000 when not given (some 20 MB). */
  readonly maxMessages?: number;
  /** What was processed longer ago, in ms, is forgotten; 14 days when not given. */
  readonly maxAgeMs?: number;
  /** The time, in ms since 1970; this machine's clock when not given. */
  readonly now?: () => number;
}

interface Claim {
  readonly token: string;
  readonly until: number;
}

const DEFAULT_MAX_MESSAGES = 100_000;
const DEFAULT_MAX_AGE_MS = 14 * 86_400_000;

/**
 * For one process, and for as long as it runs: after a restart a message that comes again is new. Its
 * maps are in the order of time, so what is to be forgotten stands first.
 */
export class MemoryStore implements WebhookStore {
  readonly #maxMessages: number;
  readonly #maxAgeMs: number;
  readonly #now: () => number;
  readonly #claims = new Map<string, Claim>();
  readonly #processedAt = new Map<string, number>();
  readonly #highest = new Map<string, number>();

  constructor(options: MemoryStoreOptions = {}) {
    this.#maxMessages = options.maxMessages ?? DEFAULT_MAX_MESSAGES;
    this.#maxAgeMs = options.maxAgeMs ?? DEFAULT_MAX_AGE_MS;
    this.#now = options.now ?? Date.now;
  }

  /** Messages that are remembered as processed. */
  get size(): number {
    return this.#processedAt.size;
  }

  async claim(message: WebhookMessage, claimMs: number): Promise<ClaimResult> {
    this.#forget();
    const { messageId, webhookId } = message;
    const highest = this.#highest.get(webhookId);
    if (this.#processedAt.has(messageId)) {
      this.#moveOn(message);
      return { kind: 'processed', highest };
    }
    if (this.#claims.has(messageId)) return { kind: 'in_progress' };
    const token = randomUUID();
    this.#claims.set(messageId, { token, until: this.#now() + claimMs });
    return { kind: 'claimed', token, highest };
  }

  /** The work cannot be undone, so it counts even where the claim has run out. */
  async complete(
    message: WebhookMessage,
    token: string,
    work: (transaction: undefined) => Promise<void>,
  ): Promise<void> {
    await work(undefined);
    // Marked before the claim ends, and without a pause: nobody sees it without both.
    this.#processedAt.delete(message.messageId);
    this.#processedAt.set(message.messageId, this.#now());
    this.#release(message, token);
    this.#moveOn(message);
    this.#forget();
  }

  async release(message: WebhookMessage, token: string): Promise<void> {
    this.#release(message, token);
  }

  #release({ messageId }: WebhookMessage, token: string): void {
    if (this.#claims.get(messageId)?.token === token) this.#claims.delete(messageId);
  }

  #moveOn({ webhookId, sequence = 0 }: WebhookMessage): void {
    if (sequence <= (this.#highest.get(webhookId) ?? 0)) return;
    this.#highest.delete(webhookId);
    this.#highest.set(webhookId, sequence);
    dropFirst(this.#highest, () => this.#highest.size > this.#maxMessages);
  }

  #forget(): void {
    const now = this.#now();
    const oldest = now - this.#maxAgeMs;
    dropFirst(this.#claims, ({ until }) => until <= now);
    dropFirst(
      this.#processedAt,
      (processedAt) => this.#processedAt.size > this.#maxMessages || processedAt < oldest,
    );
  }
}

function dropFirst<Value>(map: Map<string, Value>, isOver: (value: Value) => boolean): void {
  for (const [key, value] of map) {
    if (!isOver(value)) return;
    map.delete(key);
  }
}
