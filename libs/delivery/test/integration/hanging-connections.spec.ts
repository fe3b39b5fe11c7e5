import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { WebhookSender } from '@app/delivery';
import { DeafReceiver, RawReceiver } from '@app/testing';
import { loopbackSender, requestTo } from './sender-fixture.js';

/** The head of a handshake record that announces 16 KB. */
const HANDSHAKE_BEGUN = Buffer.from([0x16, 0x03, 0x03, 0x40, 0x00, 0x02]);

let sender: WebhookSender;

beforeEach(() => {
  sender = loopbackSender({ connectTimeoutMs: 300, timeoutMs: 5000 });
});

afterEach(async () => {
  await sender.close();
});

describe('a receiver that accepts no connection', () => {
  let deaf: DeafReceiver;

  beforeEach(async () => {
    deaf = await DeafReceiver.start();
  });

  afterEach(async () => {
    await deaf.close();
  });

  it.each(['http', 'https'] as const)(
    'and has no place left for waiting ones lets no connection come up: %s',
    async (scheme) => {
      await deaf.fill();

      const outcome = await sender.post(requestTo(deaf.url(scheme)));

      expect(outcome).toMatchObject({
        kind: 'timed_out',
        code: 'timeout_connect',
        statusCode: null,
      });
      expect(outcome.durationMs).toBeGreaterThanOrEqual(295);
      expect(outcome.durationMs).toBeLessThan(4000);
    },
  );

  it('although its kernel does never begins TLS', async () => {
    const outcome = await sender.post(requestTo(deaf.url('https')));

    expect(outcome).toMatchObject({ kind: 'timed_out', code: 'timeout_connect' });
  });

  it('although its kernel does never answers', async () => {
    const hasty = loopbackSender({ connectTimeoutMs: 300, timeoutMs: 600 });

    const outcome = await hasty.post(requestTo(deaf.url('http')));

    expect(outcome).toMatchObject({ kind: 'timed_out', code: 'timeout_response' });
    expect(outcome.durationMs).toBeGreaterThanOrEqual(595);
    await hasty.close();
  });
});

describe('a TLS handshake', () => {
  let receiver: RawReceiver;

  afterEach(async () => {
    await receiver.close();
  });

  it('that the receiver never answers is a connection that did not come up', async () => {
    receiver = await RawReceiver.start({ kind: 'silent' });

    const outcome = await sender.post(requestTo(receiver.url('https')));

    expect(outcome).toMatchObject({ kind: 'timed_out', code: 'timeout_connect', statusCode: null });
    expect(outcome.durationMs).toBeLessThan(4000);
    await receiver.waitFor((one) => one.connectionCount === 1 && one.openConnectionCount === 0);
  });

  it('that drips gains no time', async () => {
    const bytes = HANDSHAKE_BEGUN;
    receiver = await RawReceiver.start({ kind: 'drip', bytes, everyMs: 10 });

    const outcome = await sender.post(requestTo(receiver.url('https')));

    expect(outcome).toMatchObject({ kind: 'timed_out', code: 'timeout_connect', statusCode: null });
    expect(outcome.durationMs).toBeLessThan(4000);
    await receiver.waitFor((one) => one.connectionCount === 1 && one.openConnectionCount === 0);
  });

  it.each(['end', 'reset'] as const)(
    'that the receiver breaks off (%s) is a closed connection, tried once',
    async (kind) => {
      receiver = await RawReceiver.start({ kind });

      expect(await sender.post(requestTo(receiver.url('https')))).toMatchObject({
        kind: 'unreachable',
        code: 'connection_reset',
        statusCode: null,
      });
      expect(receiver.connectionCount).toBe(1);
    },
  );
});

it('a receiver that ends the connection in place of an answer has closed it, tried once', async () => {
  const receiver = await RawReceiver.start({ kind: 'end' });

  expect(await sender.post(requestTo(receiver.url('http')))).toMatchObject({
    kind: 'unreachable',
    code: 'connection_reset',
    statusCode: null,
  });
  expect(receiver.connectionCount).toBe(1);
  await receiver.close();
});
