import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { WebhookSender } from '@app/delivery';
import {
  ATTACK_NAMES,
  HARMLESS_ATTACKS,
  HostileReceiver,
  TestAuthority,
  TestReceiver,
} from '@app/testing';
import { loopbackSender, requestTo } from './sender-fixture.js';

const TIMEOUT_MS = 1_000;
/** For a process that is held up: never for the receiver. */
const SLACK_MS = 1_500;
const MEGABYTE = 1_048_576;

let hostile: HostileReceiver;
let neighbour: TestReceiver;
let sender: WebhookSender;

beforeEach(async () => {
  [hostile, neighbour] = await Promise.all([HostileReceiver.start(), TestReceiver.start()]);
  sender = loopbackSender({ timeoutMs: TIMEOUT_MS });
});
afterEach(async () => {
  await sender.close();
  await hostile.close();
  await neighbour.close();
});

describe('a receiver that does its worst', () => {
  it.each(ATTACK_NAMES)(
    'by %s gets its outcome in time, and is read no further',
    async (attack) => {
      const startedAt = performance.now();

      const outcome = await sender.post(requestTo(hostile.url(attack)));

      expect(performance.now() - startedAt).toBeLessThan(TIMEOUT_MS + SLACK_MS);
      const isHarmless = HARMLESS_ATTACKS.has(attack);
      expect(outcome.kind === 'delivered').toBe(isHarmless);
      // A connection that was played with serves nobody else.
      expect(await sender.post(requestTo(neighbour.url()))).toMatchObject({ kind: 'delivered' });
    },
  );

  it('cannot make the process grow, in any number', async () => {
    await Promise.all(ATTACK_NAMES.map(loopbackPost));
    const before = process.memoryUsage().rss;

    for (let round = 0; round < 3; round += 1) {
      await Promise.all(
        ATTACK_NAMES.flatMap((attack) => Array.from({ length: 8 }, () => attack)).map((attack) =>
          loopbackPost(attack),
        ),
      );
    }

    // Hundreds of answers, most of which go on for ever; both ends of them are in this process.
    expect((process.memoryUsage().rss - before) / MEGABYTE).toBeLessThan(150);
  }, 60_000);

  async function loopbackPost(attack: (typeof ATTACK_NAMES)[number]): Promise<void> {
    const own = loopbackSender({ timeoutMs: TIMEOUT_MS });
    await own.post(requestTo(hostile.url(attack)));
    await own.close();
  }
});

describe('a receiver of TLS', () => {
  it('that asks for the handshake again is left', async () => {
    const authority = new TestAuthority();
    const tls = authority.issue({ names: ['127.0.0.1'] });
    const server = createTlsServer({ ...tls, maxVersion: 'TLSv1.2' }, (socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.renegotiate({}, () => undefined));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const trusting = loopbackSender({
      timeoutMs: TIMEOUT_MS,
      trustedCertificates: [authority.certificate],
    });

    const outcome = await trusting.post(requestTo(`https://127.0.0.1:${port}/`));

    expect(outcome.kind).not.toBe('delivered');
    expect(outcome.durationMs).toBeLessThan(TIMEOUT_MS + SLACK_MS);
    await trusting.close();
    server.close();
  });
});
