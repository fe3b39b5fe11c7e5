import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SIGNATURE_HEADER, type WebhookSender } from '@app/delivery';
import { RawReceiver, TestReceiver, verifySignature } from '@app/testing';
import { CLIENT_SECRET, loopbackSender, requestTo } from './sender-fixture.js';

const OURS = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const THEIRS = '00-11111111111111111111111111111111-2222222222222222-00';
const MARKS = { 'x-happycolis-test': 'true', traceparent: OURS, tracestate: 'ours=1' };
const BODY = Buffer.from('{"header":{},"body":1}');

let receiver: RawReceiver;
let sender: WebhookSender;

beforeEach(async () => {
  receiver = await RawReceiver.start({
    kind: 'answer',
    bytes: 'HTTP/1.1 204 No Content\r\n\r\n',
  });
  sender = loopbackSender({ userAgent: 'ours/1' });
});

afterEach(async () => {
  await sender.close();
  await receiver.close();
});

/** The bytes that arrived, as lines; the last one is the body. */
async function linesOf(
  headers: Record<string, string>,
  marks?: Record<string, string>,
): Promise<string[]> {
  const request = requestTo(receiver.url('http', '/in'), { headers, body: BODY });
  const outcome = await sender.post(marks === undefined ? request : { ...request, marks });
  expect(outcome).toMatchObject({ kind: 'delivered', statusCode: 204 });
  return receiver.received.toString('latin1').split('\r\n');
}

/** What stands between the service's own headers and the length of the body. */
async function sent(headers: Record<string, string>, marks?: Record<string, string>) {
  const lines = await linesOf(headers, marks);
  return lines.slice(lines.indexOf('User-Agent: ours/1') + 1, -3);
}

describe('marks', () => {
  it('stand after the own headers and before the custom ones, byte for byte', async () => {
    const lines = await linesOf({ 'X-Theirs': 'a', authorization: 'Bearer x' }, MARKS);

    const signature = lines
      .find((line) => line.startsWith(SIGNATURE_HEADER))
      ?.slice(SIGNATURE_HEADER.length + 2);
    const signed = { body: BODY, signature, clientSecret: CLIENT_SECRET };
    expect(verifySignature(signed)).toBe(true);
    expect(lines).toEqual([
      'POST /in HTTP/1.1',
      `host: ${new URL(receiver.url('http')).host}`,
      'connection: keep-alive',
      'Content-Type: application/json',
      `${SIGNATURE_HEADER}: ${signature}`,
      'User-Agent: ours/1',
      'x-happycolis-test: true',
      `traceparent: ${OURS}`,
      'tracestate: ours=1',
      'X-Theirs: a',
      'authorization: Bearer x',
      `content-length: ${BODY.length}`,
      '',
      BODY.toString(),
    ]);
  });

  it.each([undefined, {}])('change nothing where there are none: %j', async (marks) => {
    expect(await sent({ 'X-Theirs': 'a' }, marks)).toEqual(['X-Theirs: a']);
  });

  it.each(['traceparent', 'TraceParent'])(
    'give way to a %s of the subscription, with the tracestate that went with it',
    async (name) => {
      expect(await sent({ [name]: THEIRS, 'x-a': '1' }, MARKS)).toEqual([
        'x-happycolis-test: true',
        `${name}: ${THEIRS}`,
        'x-a: 1',
      ]);
    },
  );

  it('give way to a tracestate of the subscription', async () => {
    expect(await sent({ TRACESTATE: 'theirs=1' }, MARKS)).toEqual([
      'x-happycolis-test: true',
      `traceparent: ${OURS}`,
      'TRACESTATE: theirs=1',
    ]);
  });

  it('stand on both tries of a message that met a connection just closed', async () => {
    const closing = await TestReceiver.start();
    closing.script('/', { kind: 'close-on-reuse' });
    await sender.post(requestTo(closing.url()));

    await sender.post(requestTo(closing.url(), { marks: MARKS }));

    const tried = closing.requests.map(({ headers }) => headers['x-happycolis-test']);
    expect(tried).toEqual([undefined, 'true', 'true']);
    await closing.close();
  });
});

describe('a subscription cannot mark its requests as the service does', () => {
  it.each(['x-happycolis-test', 'X-HappyColis-Test', 'x-happycolis-anything', SIGNATURE_HEADER])(
    'with %s of its own, and gets nothing instead',
    async (name) => {
      const forged = requestTo(receiver.url('http', '/forged'), { headers: { [name]: 'true' } });

      expect(await sender.post(forged)).toMatchObject({
        kind: 'invalid_configuration',
        code: 'configuration',
        message: expect.stringContaining(`"${name}"`),
      });
      expect(await sent({})).toEqual([]);
      expect(receiver.received.toString('latin1')).not.toContain('/forged');
    },
  );
});

describe('a mark that is no header', () => {
  it.each([
    ['x y', '1'],
    ['traceparent', 'a\r\nx-injected: 1'],
  ])('is a fault of ours that is thrown and costs nobody else: %s', async (name, value) => {
    const request = requestTo(receiver.url('http', '/bad'), { marks: { [name]: value } });

    for (let tried = 0; tried < 20; tried += 1) {
      await expect(sender.post(request)).rejects.toThrow('invalid');
    }
    expect(await sent({ 'x-a': '1' })).toEqual(['x-a: 1']);
    expect(receiver.received.toString('latin1')).not.toContain('/bad');
  });
});
