import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { WebhookSender } from '@app/delivery';
import { Gate, TestReceiver, waitFor, type ReceiverBehaviour } from '@app/testing';
import { NameResolver } from '../../src/name-resolver.js';
import { NameServer, type Zone } from '../name-server.js';
import { loopbackSender, requestTo } from './sender-fixture.js';

let receiver: TestReceiver;
let sender: WebhookSender;
/** For receivers that never come to an end; the others get the time that a busy machine needs. */
let hasty: WebhookSender;

beforeEach(async () => {
  receiver = await TestReceiver.start();
  sender = loopbackSender({ timeoutMs: 10_000 });
  hasty = loopbackSender({ timeoutMs: 600 });
});

afterEach(async () => {
  await sender.close();
  await hasty.close();
  await receiver.close();
});

async function meet(behaviour: ReceiverBehaviour, by = sender) {
  receiver.script('/', behaviour);
  return by.post(requestTo(receiver.url()));
}

describe('an answer', () => {
  it.each([200, 201, 202, 204, 299])('of %d is a delivery', async (status) => {
    expect(await meet({ kind: 'answer', status })).toMatchObject({
      kind: 'delivered',
      statusCode: status,
    });
  });

  it.each([400, 404, 410, 429, 500, 503])(
    'of %d is a rejection with what it said',
    async (status) => {
      expect(await meet({ kind: 'answer', status, body: 'no, thank you' })).toMatchObject({
        kind: 'rejected',
        code: 'http_status',
        statusCode: status,
        message: expect.stringContaining(`answered ${status} `),
        excerpt: Buffer.from('no, thank you'),
      });
    },
  );

  it.each([300, 301, 302, 303, 304, 307, 308])(
    'of %d is a rejection that is not followed',
    async (status) => {
      receiver.script('/elsewhere', { kind: 'answer' });

      expect(
        await meet({ kind: 'redirect', status, location: receiver.url('/elsewhere') }),
      ).toMatchObject({
        kind: 'rejected',
        code: 'redirect',
        statusCode: status,
      });
      await sender.post(requestTo(receiver.url('/last')));
      expect(receiver.requests.map(({ path }) => path)).toEqual(['/', '/last']);
    },
  );

  it('that refuses at length is kept in its first 1,024 bytes', async () => {
    const body = Buffer.from('0123456789'.repeat(1000));
    const outcome = await meet({ kind: 'answer', status: 500, body });

    expect(outcome).toHaveProperty('excerpt', body.subarray(0, 1024));
  });

  it('of more than 64 KiB is a failure although its status is 200', async () => {
    expect(await meet({ kind: 'huge', bytes: 100_000 })).toMatchObject({
      kind: 'rejected',
      code: 'response_too_large',
      statusCode: 200,
    });
  });

  it('of 100 MB is left after the first bytes, and the connection is closed', async () => {
    expect(await meet({ kind: 'huge', bytes: 100_000_000 })).toMatchObject({
      kind: 'rejected',
      code: 'response_too_large',
      statusCode: 200,
      message: 'The answer has more than 65536 bytes (after status 200)',
    });
    await receiver.waitFor(({ openConnectionCount }) => openConnectionCount === 0);
  });

  it.each<[string, ReceiverBehaviour]>([
    ['has 100 MB', { kind: 'huge', status: 503, bytes: 100_000_000 }],
    ['breaks off', { kind: 'reset-mid-body', status: 503 }],
    ['never ends', { kind: 'drip', status: 503 }],
  ])('that refuses and %s is a refusal with what had come of it', async (_what, behaviour) => {
    const outcome = await meet(behaviour, hasty);

    expect(outcome).toMatchObject({
      kind: 'rejected',
      code: 'http_status',
      statusCode: 503,
      message: 'The endpoint answered 503 Service Unavailable',
    });
    expect(outcome).toHaveProperty(
      'excerpt.length',
      expect.toSatisfy((n) => n > 0 && n <= 1024),
    );
    await receiver.waitFor(({ openConnectionCount }) => openConnectionCount === 0);
  });

  it('of exactly the allowed size is a delivery', async () => {
    expect(await meet({ kind: 'huge', bytes: 65_536 })).toMatchObject({ kind: 'delivered' });
  });

  it.each([
    ['is no HTTP', 'SSH-2.0-OpenSSH_9.6\r\n'],
    ['breaks its own length', 'HTTP/1.1 200 OK\r\ncontent-length: 2, 3\r\n\r\nabc'],
    ['changes the protocol', 'HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'],
  ])('that %s is a failure of protocol', async (_what, bytes) => {
    expect(await meet({ kind: 'raw', bytes })).toMatchObject({
      kind: 'rejected',
      code: 'protocol',
    });
  });

  it('whose head goes on and on is too large', async () => {
    expect(await meet({ kind: 'endless-head', lineBytes: 1000, everyMs: 1 })).toMatchObject({
      kind: 'rejected',
      code: 'response_too_large',
      statusCode: null,
      message: "The answer's head is too large",
    });
    await receiver.waitFor(({ openConnectionCount }) => openConnectionCount === 0);
  });

  it('whose head goes on and on but slowly is a timeout', async () => {
    const outcome = await meet({ kind: 'endless-head', lineBytes: 10, everyMs: 10 }, hasty);

    expect(outcome).toMatchObject({
      kind: 'timed_out',
      code: 'timeout_response',
      statusCode: null,
    });
    expect(outcome.durationMs).toBeLessThan(1500);
    await receiver.waitFor(({ openConnectionCount }) => openConnectionCount === 0);
  });

  it('that is only announced, again and again, gains no time', async () => {
    const bytes = 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(5);

    expect(await meet({ kind: 'raw', bytes }, hasty)).toMatchObject({ code: 'timeout_response' });
  });
});

describe('no answer', () => {
  it('because nobody listens is an unreachable receiver', async () => {
    const gone = await TestReceiver.start();
    const endPoint = gone.url();
    await gone.close();

    expect(await sender.post(requestTo(endPoint))).toMatchObject({
      kind: 'unreachable',
      code: 'connection_refused',
      statusCode: null,
      message: 'The connection was refused (ECONNREFUSED)',
    });
  });

  it('because the connection is reset is an unreachable receiver', async () => {
    expect(await meet({ kind: 'reset' })).toMatchObject({
      kind: 'unreachable',
      code: 'connection_reset',
      statusCode: null,
    });
    expect(receiver.requests).toHaveLength(1);
  });

  it('beyond the first half of a body is no delivery', async () => {
    expect(await meet({ kind: 'reset-mid-body' })).toMatchObject({
      kind: 'unreachable',
      code: 'connection_reset',
      statusCode: 200,
    });
  });

  it('in time is a timeout, and the connection is closed', async () => {
    expect(await meet({ kind: 'hang' }, hasty)).toMatchObject({
      kind: 'timed_out',
      code: 'timeout_response',
      statusCode: null,
    });
    await receiver.waitFor(({ openConnectionCount }) => openConnectionCount === 0);
    expect(receiver.requests[0]?.wasCutOff).toBe(true);
  });

  it('that ever ends is a timeout, however steadily it drips', async () => {
    const outcome = await meet({ kind: 'drip', everyMs: 10 }, hasty);

    expect(outcome).toMatchObject({ kind: 'timed_out', code: 'timeout_response', statusCode: 200 });
    await receiver.waitFor(({ openConnectionCount }) => openConnectionCount === 0);
  });

  it.each<[string, Zone | undefined, string]>([
    ['does not know the name', undefined, 'ENOTFOUND'],
    ['has no address for it', {}, 'ENOTFOUND'],
    ['has trouble itself', 'failing', 'ESERVFAIL'],
    ['never answers', 'silent', 'ETIMEOUT'],
  ])('because the name server %s is a failure of DNS', async (_what, zone, code) => {
    const server = new NameServer();
    if (zone !== undefined) server.zones.set('hooks.example', zone);
    const { lookup } = new NameResolver({
      giveUpMs: 3000,
      servers: [await server.start()],
      queryTimeoutMs: 100,
      askSystem: (host) =>
        Promise.reject(Object.assign(new Error(`no ${host}`), { code: 'ENOTFOUND' })),
    });
    const asking = loopbackSender({ lookup, timeoutMs: 10_000, connectTimeoutMs: 10_000 });

    expect(await asking.post(requestTo('http://hooks.example/'))).toMatchObject({
      kind: 'unreachable',
      code: 'dns',
      statusCode: null,
      message: `The host name could not be resolved (${code})`,
    });
    expect(server.asked).toContain('hooks.example');
    await asking.close();
    server.close();
  });
});

describe('the time of an attempt', () => {
  it('lets a head take nearly all of it, however short the time to connect', async () => {
    const gate = new Gate();
    const patient = loopbackSender({ timeoutMs: 4000, connectTimeoutMs: 100 });
    receiver.script('/', { kind: 'hold', gate });
    const running = patient.post(requestTo(receiver.url()));
    await receiver.waitForCount(1);

    const openAt = performance.now() + 2000;
    await waitFor(() => performance.now() >= openAt);
    gate.open();

    expect(await running).toMatchObject({ kind: 'delivered' });
    await patient.close();
  });

  it('ends while the head is still awaited', async () => {
    const outcome = await meet({ kind: 'hang' }, hasty);

    expect(outcome).toMatchObject({ kind: 'timed_out', code: 'timeout_response' });
    expect(outcome.durationMs).toBeGreaterThanOrEqual(595);
    expect(outcome.durationMs).toBeLessThan(1500);
  });

  it('is a total that a dripping body cannot extend', async () => {
    const outcome = await meet({ kind: 'drip', everyMs: 10 }, hasty);

    expect(outcome.durationMs).toBeGreaterThanOrEqual(595);
    expect(outcome.durationMs).toBeLessThan(1500);
  });

  it('includes a name server that never answers', async () => {
    const silent = loopbackSender({ connectTimeoutMs: 300, lookup: () => undefined });

    const outcome = await silent.post(requestTo('http://silent.example/'));

    expect(outcome).toMatchObject({ kind: 'timed_out', code: 'timeout_connect' });
    expect(outcome.durationMs).toBeGreaterThanOrEqual(295);
    expect(outcome.durationMs).toBeLessThan(1500);
    await silent.close();
  });

  it('is capped by the total even where connecting may take longer', async () => {
    const silent = loopbackSender({
      connectTimeoutMs: 60_000,
      timeoutMs: 300,
      lookup: () => undefined,
    });

    const outcome = await silent.post(requestTo('http://silent.example/'));

    expect(outcome).toMatchObject({ kind: 'timed_out', code: 'timeout_connect' });
    expect(outcome.durationMs).toBeLessThan(1500);
    await silent.close();
  });

  it('is not charged to a receiver whose answer waited for this process to read it', async () => {
    const gate = new Gate();
    const held = loopbackSender({ timeoutMs: 400 });
    receiver.script('/', { kind: 'hold', gate });
    const running = held.post(requestTo(receiver.url()));
    await receiver.waitForCount(1);

    gate.open();
    await gate.opened;
    const heldUpUntil = performance.now() + 600;
    while (performance.now() < heldUpUntil);

    expect(await running).toMatchObject({ kind: 'delivered' });
    await held.close();
  });
});
