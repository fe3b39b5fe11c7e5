import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { WebhookSender } from '@app/delivery';
import { RawReceiver, TestAuthority, type RawBehaviour } from '@app/testing';
import { loopbackSender, requestTo } from './sender-fixture.js';

const authority = new TestAuthority();
const TLS = authority.issue({ names: ['127.0.0.1'] });
const SCHEMES = ['http', 'https'] as const;

/** What is read of an answer whose body may have 64 KiB: six times that, and 64 KiB around it. */
const MOST_BYTES = 458_752;
/** What the sender does not read lies in the kernel's buffers of both ends: up to some 10 MB. */
const MOST_WRITTEN = 16_777_216;

const OK_HEAD = 'HTTP/1.1 200 OK\r\n';
const CHUNKED = 'transfer-encoding: chunked\r\n\r\n';
const ONE_BYTE_CHUNK = '1\r\nx\r\n';

let sender: WebhookSender;
let receiver: RawReceiver | undefined;

beforeEach(() => {
  // Far beyond what an answer takes here: one that ends at the deadline has another code.
  sender = loopbackSender({ timeoutMs: 10_000, trustedCertificates: [authority.certificate] });
});

afterEach(async () => {
  await sender.close();
  await receiver?.close();
  receiver = undefined;
});

async function start(scheme: 'http' | 'https', behaviour: RawBehaviour): Promise<RawReceiver> {
  receiver = await RawReceiver.start(behaviour, scheme === 'https' ? { tls: TLS } : {});
  return receiver;
}

async function meet(scheme: 'http' | 'https', behaviour: RawBehaviour) {
  const at = await start(scheme, behaviour);
  return sender.post(requestTo(at.url(scheme)));
}

/** Nothing is read any more once the connection is closed. */
async function expectFewBytes(): Promise<void> {
  await receiver?.waitFor(({ openConnectionCount }) => openConnectionCount === 0);
  expect(receiver?.written).toBeGreaterThan(0);
  expect(receiver?.written).toBeLessThan(MOST_WRITTEN);
}

/** What goes on for ever, how the answer begins, what is repeated, and the status by then. */
const ENDLESS: [string, string, string, number | null][] = [
  ['empty lines before the answer', '', '\r\n', null],
  ['a reason phrase', 'HTTP/1.1 200 ', 'x', null],
  ['interim answers', '', 'HTTP/1.1 103 Early Hints\r\n\r\n', null],
  ['blanks before the value of a header', `${OK_HEAD}x-a:`, ' ', null],
  ['the extension of a chunk', `${OK_HEAD}${CHUNKED}1;x=`, 'x', 200],
  ['the zeros before the length of a chunk', `${OK_HEAD}${CHUNKED}0`, '0', 200],
];

describe.each(SCHEMES)('an endless answer over %s', (scheme) => {
  it.each(ENDLESS)('of %s is given up as too large', async (_what, begin, unit, statusCode) => {
    const outcome = await meet(scheme, { kind: 'flood', begin, unit });

    expect(outcome).toMatchObject({
      kind: 'rejected',
      code: 'response_too_large',
      statusCode,
      message: expect.stringContaining(`more than ${MOST_BYTES} bytes, heads and framing included`),
    });
    await expectFewBytes();
  });

  it('of trailers is given up as too large', async () => {
    const begin = `${OK_HEAD}${CHUNKED}${ONE_BYTE_CHUNK}0\r\n`;

    expect(await meet(scheme, { kind: 'flood', begin, unit: 'x-a: y\r\n' })).toMatchObject({
      kind: 'rejected',
      code: 'response_too_large',
      statusCode: 200,
    });
    await expectFewBytes();
  });

  it('that refuses is given up, too, and remains a refusal', async () => {
    const begin = `HTTP/1.1 503 Service Unavailable\r\n${CHUNKED}2\r\nno\r\n1;x=`;

    expect(await meet(scheme, { kind: 'flood', begin, unit: 'x' })).toMatchObject({
      kind: 'rejected',
      code: 'http_status',
      statusCode: 503,
      excerpt: Buffer.from('no'),
    });
    await expectFewBytes();
  });

  it('whose end was followed by empty lines costs a kept connection no more', async () => {
    const begin = `${OK_HEAD}content-length: 0\r\n\r\n`;

    expect(await meet(scheme, { kind: 'flood', begin, unit: '\r\n' })).toMatchObject({
      kind: 'delivered',
    });
    await expectFewBytes();
  });
});

describe.each(SCHEMES)('an acceptable answer over %s', (scheme) => {
  it('has as many bytes as are allowed, in chunks of one byte', async () => {
    const bytes = (size: number): string =>
      `${OK_HEAD}${CHUNKED}${ONE_BYTE_CHUNK.repeat(size)}0\r\n\r\n`;

    expect(await meet(scheme, { kind: 'answer', bytes: bytes(65_536) })).toMatchObject({
      kind: 'delivered',
    });
    await receiver?.close();
    expect(await meet(scheme, { kind: 'answer', bytes: bytes(65_537) })).toMatchObject({
      code: 'response_too_large',
      message: 'The answer has more than 65536 bytes (after status 200)',
    });
  });

  it('is measured without those that came before on its connection', async () => {
    const body = 'x'.repeat(60_000);
    const bytes = `${OK_HEAD}content-length: ${body.length}\r\n\r\n${body}`;
    const kept = await start(scheme, { kind: 'answer', bytes });

    for (let sent = 0; sent <= 2 * MOST_BYTES; sent += bytes.length) {
      expect(await sender.post(requestTo(kept.url(scheme)))).toMatchObject({ kind: 'delivered' });
    }
    expect(kept.connectionCount).toBe(1);
  });
});
