import { beforeEach, describe, expect, it } from 'vitest';
import { CLAIM_MS, keepsTheContract, newMessage, tokenOf } from '../test/store-contract.js';
import { MemoryStore, type MemoryStoreOptions } from './memory.store.js';
import type { WebhookMessage } from './webhook-store.interface.js';

let now: number;

beforeEach(() => {
  now = 1_000_000;
});

function newStore(options: MemoryStoreOptions = {}): MemoryStore {
  return new MemoryStore({ now: () => now, ...options });
}

async function process(store: MemoryStore, message: WebhookMessage): Promise<void> {
  const token = tokenOf(await store.claim(message, CLAIM_MS));
  await store.complete(message, token, async () => undefined);
}

describe('the store in memory', () => {
  let store: MemoryStore;
  beforeEach(() => {
    store = newStore();
  });
  keepsTheContract(() => ({ store, outlast: () => void (now += CLAIM_MS), undoes: false }));

  it('lets a claim run to its last millisecond', async () => {
    const message = newMessage();
    await store.claim(message, 100);

    now += 99;
    expect(await store.claim(message, 100)).toEqual({ kind: 'in_progress' });
    now += 1;
    expect(await store.claim(message, 100)).toMatchObject({ kind: 'claimed' });
  });
});

describe('what the store in memory forgets', () => {
  it('is the oldest beyond a number of messages, and nothing before', async () => {
    const store = newStore({ maxMessages: 3 });
    const messages = Array.from({ length: 4 }, () => newMessage());

    for (const message of messages.slice(0, 3)) await process(store, message);
    expect(store.size).toBe(3);
    for (const message of messages.slice(0, 3)) {
      expect(await store.claim(message, CLAIM_MS)).toMatchObject({ kind: 'processed' });
    }
    await process(store, messages[3] ?? newMessage());

    expect(store.size).toBe(3);
    const kinds = [];
    for (const message of messages) kinds.push((await store.claim(message, CLAIM_MS)).kind);
    expect(kinds).toEqual(['claimed', 'processed', 'processed', 'processed']);
  });

  it('is what was processed too long ago, and nothing before', async () => {
    const store = newStore({ maxAgeMs: 1000 });
    const message = newMessage();
    await process(store, message);

    now += 1000;
    expect(await store.claim(message, CLAIM_MS)).toMatchObject({ kind: 'processed' });
    now += 1;
    expect(await store.claim(message, CLAIM_MS)).toMatchObject({ kind: 'claimed' });
  });

  it('is 14 days and 100,000 messages away where nothing else is said', async () => {
    const store = newStore();
    const message = newMessage();
    await process(store, message);
    now += 14 * 86_400_000;
    expect(await store.claim(message, CLAIM_MS)).toMatchObject({ kind: 'processed' });

    for (let more = 0; more < 100_000; more += 1) await process(store, newMessage());
    expect(store.size).toBe(100_000);
  });

  it('is never what is being handled, as long as its claim runs', async () => {
    const store = newStore({ maxMessages: 1 });
    const message = newMessage();
    await store.claim(message, CLAIM_MS);

    for (let more = 0; more < 3; more += 1) await process(store, newMessage());

    expect(await store.claim(message, CLAIM_MS)).toEqual({ kind: 'in_progress' });
  });

  it('is the position of the webhook that came last the longest time ago', async () => {
    const store = newStore({ maxMessages: 2 });
    const at = (webhookId: string, sequence: number) => newMessage({ webhookId, sequence });
    await process(store, at('a', 1));
    await process(store, at('b', 2));
    await process(store, at('a', 3));
    await process(store, at('c', 4));

    const known = [];
    for (const webhookId of ['a', 'b', 'c']) {
      known.push(await store.claim(newMessage({ webhookId }), CLAIM_MS));
    }
    expect(known).toMatchObject([{ highest: 3 }, { highest: undefined }, { highest: 4 }]);
  });
});
