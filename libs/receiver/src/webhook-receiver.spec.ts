import { createHmac } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryStore } from './memory-store.js';
import { WebhookReceiver } from './webhook-receiver.js';

const SECRET = 'a client secret';

let receiver: WebhookReceiver<void>;
let done: string[];
beforeEach(() => {
  done = [];
  receiver = new WebhookReceiver({ secrets: () => [SECRET], store: new MemoryStore() });
});

interface Sent {
  readonly id: string;
  readonly sequence?: number;
  readonly previous?: number;
  readonly webhookId?: string;
}

function requestFor({ id, sequence, previous, webhookId = 'w' }: Sent) {
  const date = '2026-01-31T08:15:30.123Z';
  const header = { organizationId: 'o', messageId: id, webhookId, type: 'order/created', date };
  const rawBody = Buffer.from(JSON.stringify({ header, body: {} }));
  const headers: Record<string, string> = {
    'x-happycolis-webhook-signature': createHmac('sha256', SECRET).update(rawBody).digest('base64'),
  };
  if (sequence !== undefined) headers['x-happycolis-sequence'] = String(sequence);
  if (previous !== undefined) headers['x-happycolis-previous-sequence'] = String(previous);
  return { rawBody, headers };
}

const note = async (id: string): Promise<void> => void done.push(id);

const receive = (sent: Sent, work = note) =>
  receiver.receive(requestFor(sent), ({ messageId }) => work(messageId));

const observe = async (sent: Sent) => (await receive(sent)).observations;

describe('a message', () => {
  it('is processed once, however often it comes', async () => {
    expect((await receive({ id: '1' })).outcome).toBe('processed');
    expect((await receive({ id: '1' })).outcome).toBe('duplicate');
    expect(done).toEqual(['1']);
  });

  it('that comes twice at the same time is processed once, and both wait for that', async () => {
    let finish: () => void = () => undefined;
    const slow = new Promise<void>((resolve) => (finish = resolve));
    const first = receive({ id: '1' }, async (id) => {
      await slow;
      done.push(id);
    });
    const second = receive({ id: '1' });
    finish();
    expect([(await first).outcome, (await second).outcome]).toEqual(['processed', 'duplicate']);
    expect(done).toEqual(['1']);
  });

  it('whose work fails is processed when it comes again, also by one who waited', async () => {
    const broken = (): Promise<void> => Promise.reject(new Error('the disk is full'));
    const [first, second] = await Promise.allSettled([
      receive({ id: '1' }, broken),
      receive({ id: '1' }),
    ]);
    expect(first).toMatchObject({ status: 'rejected', reason: new Error('the disk is full') });
    expect(second).toMatchObject({ value: { outcome: 'processed' } });
  });

  it('is forgotten when so many others came behind it', async () => {
    const store = new MemoryStore({ maxMessages: 2 });
    receiver = new WebhookReceiver({ secrets: () => [SECRET], store });
    for (const id of ['1', '2', '3']) await receive({ id });
    expect((await receive({ id: '3' })).outcome).toBe('duplicate');
    expect((await receive({ id: '1' })).outcome).toBe('processed');
  });
});

describe('the order', () => {
  it('without gaps is nothing to speak of, though other webhooks have the positions between', async () => {
    expect(await observe({ id: '1', sequence: 3, previous: 0 })).toEqual([]);
    expect(await observe({ id: '2', sequence: 7, previous: 3 })).toEqual([]);
    expect(await observe({ id: '3', sequence: 8, previous: 7 })).toEqual([]);
  });

  it('has a gap where something was delivered that never came here', async () => {
    await observe({ id: '1', sequence: 3, previous: 0 });
    expect(await observe({ id: '3', sequence: 8, previous: 7 })).toEqual([
      { kind: 'gap', last: 3n, previous: 7n },
    ]);
  });

  it('is inverted where something new comes behind a higher position; a repetition is not new', async () => {
    await observe({ id: '2', sequence: 7, previous: 3 });
    await observe({ id: '3', sequence: 8, previous: 7 });
    expect(await observe({ id: '2', sequence: 7, previous: 3 })).toEqual([]);
    expect(await observe({ id: '1', sequence: 3, previous: 0 })).toEqual([
      { kind: 'inversion', last: 8n, sequence: 3n },
    ]);
    expect(await observe({ id: '4', sequence: 9, previous: 8 })).toEqual([]);
  });

  it('is that of each webhook, and begins with what comes first', async () => {
    await observe({ id: '1', sequence: 40, previous: 39, webhookId: 'a' });
    expect(await observe({ id: '2', sequence: 12, previous: 11, webhookId: 'b' })).toEqual([]);
  });

  it('says nothing where the sender does not', async () => {
    await observe({ id: '1', sequence: 3, previous: 0 });
    expect(await observe({ id: '2', sequence: 9 })).toEqual([]);
    expect(await observe({ id: '3' })).toEqual([]);
  });
});
