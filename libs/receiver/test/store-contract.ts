import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import type { ClaimResult, WebhookMessage, WebhookStore } from '@happycolis/webhook-receiver';

export interface StoreUnderTest<Transaction> {
  readonly store: WebhookStore<Transaction>;
  /** Lets a claim of `CLAIM_MS` run out. */
  readonly outlast: (message: WebhookMessage) => void | Promise<void>;
  /** Whether a claim that was lost undoes the work. */
  readonly undoes: boolean;
}

export const CLAIM_MS = 60_000;

/** What every store has to keep, whatever it is made of. */
export function keepsTheContract<Transaction>(open: () => StoreUnderTest<Transaction>): void {
  const nothing = async (): Promise<void> => undefined;
  const claim = (message: WebhookMessage) => open().store.claim(message, CLAIM_MS);

  async function process(message: WebhookMessage): Promise<void> {
    await open().store.complete(message, tokenOf(await claim(message)), nothing);
  }

  it('gives a message to one, until it is processed, and then to nobody', async () => {
    const message = newMessage();

    const claimed = await claim(message);
    expect(claimed).toMatchObject({ kind: 'claimed', highest: undefined });
    expect(await claim(message)).toEqual({ kind: 'in_progress' });
    await open().store.complete(message, tokenOf(claimed), nothing);
    expect(await claim(message)).toMatchObject({ kind: 'processed' });
    expect(await claim(message)).toMatchObject({ kind: 'processed' });
  });

  it('gives a processed message to nobody, also when the time of its claim is over', async () => {
    const message = newMessage();
    await process(message);
    await open().outlast(message);

    expect(await claim(message)).toMatchObject({ kind: 'processed' });
  });

  it('gives it to exactly one of many at once', async () => {
    const message = newMessage();

    const kinds = await Promise.all(
      Array.from({ length: 20 }, async () => (await claim(message)).kind),
    );
    expect(kinds.filter((kind) => kind === 'claimed')).toHaveLength(1);
    expect(kinds.filter((kind) => kind === 'in_progress')).toHaveLength(19);
  });

  it('leaves no moment between claimed and processed', async () => {
    const message = newMessage();
    const token = tokenOf(await claim(message));
    const seen = new Set<string>();
    let done = false;
    const completed = open()
      .store.complete(message, token, nothing)
      .finally(() => (done = true));

    while (!done) seen.add((await claim(message)).kind);
    await completed;

    expect([...seen]).not.toContain('claimed');
    expect(await claim(message)).toMatchObject({ kind: 'processed' });
  });

  it('keeps a message whose work fails unmarked, and gives it again when it is released', async () => {
    const message = newMessage({ sequence: 7 });
    const token = tokenOf(await claim(message));

    const failing = open().store.complete(message, token, async () => {
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    await open().store.release(message, token);

    expect(await claim(message)).toMatchObject({ kind: 'claimed', highest: undefined });
  });

  it('gives a message again when the time of a claim is over', async () => {
    const message = newMessage();
    const former = tokenOf(await claim(message));
    await open().outlast(message);

    const latter = tokenOf(await claim(message));
    expect(latter).not.toBe(former);
    await open().store.release(message, former);
    expect(await claim(message)).toEqual({ kind: 'in_progress' });
  });

  it('ends with one mark where two have worked', async () => {
    const message = newMessage();
    const former = tokenOf(await claim(message));
    await open().outlast(message);
    const latter = tokenOf(await claim(message));

    const late = open().store.complete(message, former, nothing);
    if (open().undoes) await expect(late).rejects.toMatchObject({ code: 'claim_lost' });
    else await late;
    await open().store.complete(message, latter, nothing);

    expect(await claim(message)).toMatchObject({ kind: 'processed' });
  });

  it('knows how far a webhook has come, and each one for itself', async () => {
    const [one, other] = [randomUUID(), randomUUID()];
    await process(newMessage({ webhookId: one, sequence: 7 }));
    await process(newMessage({ webhookId: one, sequence: 3 }));
    await process(newMessage({ webhookId: one }));
    await process(newMessage({ webhookId: other, sequence: 5 }));

    expect(await claim(newMessage({ webhookId: one }))).toMatchObject({ highest: 7 });
    expect(await claim(newMessage({ webhookId: other }))).toMatchObject({ highest: 5 });
  });

  it('moves on with a processed message that comes under a new position', async () => {
    const message = newMessage({ sequence: 3 });
    await process(message);

    expect(await claim({ ...message, sequence: 9 })).toEqual({ kind: 'processed', highest: 3 });
    expect(await claim({ ...message, sequence: 3 })).toEqual({ kind: 'processed', highest: 9 });
    expect(await claim(message)).toEqual({ kind: 'processed', highest: 9 });
  });

  it('holds positions beyond 32 bits', async () => {
    const message = newMessage({ sequence: 999_999_999_999_999 });
    await process(message);

    expect(await claim(message)).toMatchObject({ highest: 999_999_999_999_999 });
  });
}

export function newMessage(parts: Partial<WebhookMessage> = {}): WebhookMessage {
  return { messageId: randomUUID(), webhookId: randomUUID(), sequence: undefined, ...parts };
}

export function tokenOf(claim: ClaimResult): string {
  if (claim.kind !== 'claimed') throw new Error(`not claimed, but ${claim.kind}`);
  return claim.token;
}
