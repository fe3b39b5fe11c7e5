import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReceiverBehaviour } from './receiver-behaviour.js';
import { TestReceiver } from './test-receiver.js';

let receiver: TestReceiver;

beforeAll(async () => {
  receiver = await TestReceiver.start();
});

afterAll(() => receiver.close());

describe('a request that has ended', () => {
  it.each<[string, ReceiverBehaviour, number | null]>([
    ['answered', { kind: 'answer', status: 503 }, 503],
    ['redirected', { kind: 'redirect', location: '/elsewhere' }, 302],
    ['broken off in the body', { kind: 'reset-mid-body' }, null],
    ['closed', { kind: 'close' }, null],
  ])('was %s: %j', async (path, behaviour, status) => {
    receiver.script(`/${encodeURIComponent(path)}`, behaviour);
    const url = receiver.url(`/${encodeURIComponent(path)}`);
    const options = { method: 'POST', body: 'x', redirect: 'manual' } as const;
    await fetch(url, options)
      .then((response) => response.text())
      .catch(() => undefined);
    await receiver.waitFor(({ requests }) => requests.at(-1)?.endedAt !== null);

    expect(receiver.requests.at(-1)).toMatchObject({ status, wasCutOff: status === null });
  });
});
