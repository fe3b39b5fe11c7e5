import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OriginBusyError, SenderClosedError, type WebhookSender } from '@app/delivery';
import { findOverlaps, Gate, TestReceiver } from '@app/testing';
import { loopbackSender, requestTo } from './sender-fixture.js';

let receiver: TestReceiver;
let sender: WebhookSender;

beforeEach(async () => {
  receiver = await TestReceiver.start();
  sender = loopbackSender();
});

afterEach(async () => {
  await sender.close();
  await receiver.close();
});

describe('a kept-alive connection', () => {
  it('serves one message after the other', async () => {
    for (let sent = 0; sent < 20; sent += 1) {
      expect(await sender.post(requestTo(receiver.url()))).toMatchObject({ kind: 'delivered' });
    }

    expect(receiver.connectionCount).toBe(1);
    expect(findOverlaps(receiver.requests)).toEqual([]);
  });

  it('serves on after answers that refuse', async () => {
    receiver.script('/', { kind: 'answer', status: 500, body: 'x'.repeat(5000) });

    for (let sent = 0; sent < 5; sent += 1) await sender.post(requestTo(receiver.url()));

    expect(receiver.connectionCount).toBe(1);
  });

  it('that the receiver closes on the next message is replaced, and nobody failed', async () => {
    receiver.script('/', { kind: 'close-on-reuse' });

    for (let sent = 0; sent < 3; sent += 1) {
      expect(await sender.post(requestTo(receiver.url()))).toMatchObject({ kind: 'delivered' });
    }

    expect(receiver.requests.map(({ connection }) => connection)).toEqual([0, 0, 1, 1, 2]);
  });

  it('is replaced by a fresh one even when more kept ones are there: they may be stale too', async () => {
    receiver.script('/', { kind: 'close-on-reuse' });
    const gate = new Gate();
    receiver.script('/first', { kind: 'hold', gate });
    const atOnce = [1, 2, 3].map(() => sender.post(requestTo(receiver.url('/first'))));
    await receiver.waitForCount(3);
    gate.open();
    await Promise.all(atOnce);

    expect(await sender.post(requestTo(receiver.url()))).toMatchObject({ kind: 'delivered' });
    expect(receiver.connectionCount).toBe(4);
  });

  it.each(['reset', 'close'] as const)(
    'is retried once only: a fresh connection that breaks (%s) is a failure',
    async (kind) => {
      receiver.script('/', { kind: 'answer' }, { kind });
      await sender.post(requestTo(receiver.url()));

      expect(await sender.post(requestTo(receiver.url()))).toMatchObject({
        kind: 'unreachable',
        code: 'connection_reset',
        statusCode: null,
      });
      expect(receiver.requests.map(({ connection }) => connection)).toEqual([0, 0, 1]);
    },
  );

  it('is not retried once a part of an answer came', async () => {
    receiver.script('/', { kind: 'answer' }, { kind: 'reset-mid-body' });
    await sender.post(requestTo(receiver.url()));

    expect(await sender.post(requestTo(receiver.url()))).toMatchObject({
      code: 'connection_reset',
    });
    expect(receiver.requests).toHaveLength(2);
  });

  it('that was closed while unused is noticed before the next message is sent', async () => {
    receiver.script('/', { kind: 'answer', headers: { connection: 'close' } });

    for (let sent = 0; sent < 5; sent += 1) {
      expect(await sender.post(requestTo(receiver.url()))).toMatchObject({ kind: 'delivered' });
    }

    expect(receiver.requests).toHaveLength(5);
    expect(receiver.connectionCount).toBe(5);
  });

  it('survives a restart of the receiver', async () => {
    const { port } = receiver;
    await sender.post(requestTo(receiver.url()));
    await receiver.close();
    receiver = await TestReceiver.start({ port });

    expect(await sender.post(requestTo(receiver.url()))).toMatchObject({ kind: 'delivered' });
  });
});

describe('connections that nobody uses', () => {
  it('are given up beyond the limit, the longest unused first', async () => {
    const few = loopbackSender({ maxIdleConnections: 2 });
    const receivers = await Promise.all([1, 2, 3, 4].map(() => TestReceiver.start()));
    for (const { url } of receivers.map((one) => ({ url: one.url() }))) {
      await few.post(requestTo(url));
    }

    await receivers[0]?.waitFor((one) => one.openConnectionCount === 0);
    await receivers[1]?.waitFor((one) => one.openConnectionCount === 0);
    expect(receivers.map((one) => one.openConnectionCount)).toEqual([0, 0, 1, 1]);
    await few.close();
    await Promise.all(receivers.map((one) => one.close()));
  });

  it('are closed with the sender', async () => {
    await Promise.all([1, 2, 3].map(() => sender.post(requestTo(receiver.url()))));

    await sender.close();

    await receiver.waitFor(({ openConnectionCount }) => openConnectionCount === 0);
    await expect(sender.post(requestTo(receiver.url()))).rejects.toThrow(SenderClosedError);
  });
});

describe('a receiver that hangs', () => {
  it('delays no other endpoint, on its own origin or elsewhere', async () => {
    const gate = new Gate();
    const other = await TestReceiver.start();
    receiver.script('/slow', { kind: 'hold', gate });
    const slow = Array.from({ length: 15 }, () => sender.post(requestTo(receiver.url('/slow'))));
    await receiver.waitForCount(15);

    const neighbours = [receiver.url('/fast'), other.url('/fast')];
    for (const endPoint of neighbours) {
      const outcome = await sender.post(requestTo(endPoint));
      expect(outcome).toMatchObject({ kind: 'delivered' });
    }

    expect(receiver.requestsTo('/slow').every(({ endedAt }) => endedAt === null)).toBe(true);
    gate.open();
    expect(new Set((await Promise.all(slow)).map(({ kind }) => kind))).toEqual(
      new Set(['delivered']),
    );
    await other.close();
  });

  it('cannot make the sender wait for a connection: the caller is told at once', async () => {
    const narrow = loopbackSender({ connectionsPerOrigin: 2 });
    const gate = new Gate();
    receiver.script('/', { kind: 'hold', gate });
    const running = [1, 2].map(() => narrow.post(requestTo(receiver.url())));

    await expect(narrow.post(requestTo(receiver.url('/more')))).rejects.toThrow(OriginBusyError);

    gate.open();
    await Promise.all(running);
    expect(await narrow.post(requestTo(receiver.url('/more')))).toMatchObject({
      kind: 'delivered',
    });
    await narrow.close();
  });

  it('is waited for by close, which loses no answer', async () => {
    const gate = new Gate();
    receiver.script('/', { kind: 'hold', gate });
    const running = sender.post(requestTo(receiver.url()));
    await receiver.waitForCount(1);

    const closed = sender.close();
    gate.open();

    expect(await running).toMatchObject({ kind: 'delivered' });
    await closed;
  });
});

describe('a subscription that cannot be sent', () => {
  it('leaves its origin to the others, however often it is tried', async () => {
    const bad = { 'x y': '1' };
    for (let tried = 0; tried < 40; tried += 1) {
      const outcome = await sender.post(requestTo(receiver.url('/bad'), { headers: bad }));
      expect(outcome).toMatchObject({
        kind: 'invalid_configuration',
        code: 'configuration',
        message: expect.stringContaining('"x y"'),
      });
    }

    expect(await sender.post(requestTo(receiver.url('/good')))).toMatchObject({
      kind: 'delivered',
    });
    expect(receiver.requests.map(({ path }) => path)).toEqual(['/good']);
  });

  it.each(['no url', 'ftp://127.0.0.1/', 'http://user:pass@127.0.0.1/', 'http://127.0.0.1/#x'])(
    'because its endpoint is %s is told so',
    async (endPoint) => {
      expect(await sender.post(requestTo(endPoint))).toMatchObject({
        kind: 'invalid_configuration',
        code: 'configuration',
      });
    },
  );

  it('because http is not allowed is told so', async () => {
    const strict = loopbackSender({ allowHttp: false });

    expect(await strict.post(requestTo(receiver.url()))).toMatchObject({ code: 'configuration' });
    expect(receiver.requests).toEqual([]);
  });
});
