import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SIGNATURE_HEADER, type WebhookSender } from '@app/delivery';
import { TestReceiver, verifySignature } from '@app/testing';
import { CLIENT_SECRET, loopbackSender, requestTo } from './sender-fixture.js';

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

const bodies: Record<string, Buffer> = {
  'numbers, white space and key order': Buffer.from(
    '{"header":{},"body":{ "b" : 10.00,\n\t"a":12345678901234567890 ,"c":1e400}}',
  ),
  'escapes and text beyond ASCII': Buffer.from('{"body":"\\u00e9 é 日本語 😀 \\/ \\ud83d\\ude00"}'),
  'bytes that are no UTF-8': Buffer.from([0x22, 0xff, 0xfe, 0x00, 0x80, 0x22]),
  '900 kB': Buffer.from(`{"body":"${'0123456789é'.repeat(82_000)}"}`),
  '5 MB': Buffer.alloc(5_000_000, 'ab'),
};

describe('what arrives', () => {
  it.each(Object.entries(bodies))('is what was given, byte for byte: %s', async (_name, body) => {
    const outcome = await sender.post(requestTo(receiver.url('/in'), { body }));

    expect(outcome).toMatchObject({ kind: 'delivered', statusCode: 200 });
    const [request] = await receiver.waitForCount(1);
    expect(request?.body.equals(body)).toBe(true);
    expect(request?.headers['content-length']).toBe(String(body.length));
  });

  it('carries a signature that a verifier without our code accepts, for the bytes sent', async () => {
    const body = bodies['escapes and text beyond ASCII'];
    await sender.post(requestTo(receiver.url(), { body }));

    const [request] = await receiver.waitForCount(1);
    const signature = request?.headers[SIGNATURE_HEADER];
    const received = request?.body ?? Buffer.alloc(0);
    expect(verifySignature({ body: received, signature, clientSecret: CLIENT_SECRET })).toBe(true);
    expect(verifySignature({ body: received, signature, clientSecret: 'other' })).toBe(false);
    const changed = Buffer.concat([received, Buffer.from(' ')]);
    expect(verifySignature({ body: changed, signature, clientSecret: CLIENT_SECRET })).toBe(false);
  });

  it('has the content type, the signature and the custom headers verbatim, in this order', async () => {
    const headers = {
      'X-UPPER-lower': ' a  b\t;',
      Authorization: 'Bearer x=/+',
      'x-z': '',
      'X-A': '1',
    };

    await sender.post(requestTo(receiver.url('/path?query=%20&x'), { headers }));

    const [request] = await receiver.waitForCount(1);
    const raw = request?.rawHeaders ?? [];
    const names = raw.filter((_, index) => index % 2 === 0);
    const own = ['host', 'connection', 'Content-Type', SIGNATURE_HEADER, 'User-Agent'];
    expect(names).toEqual([...own, ...Object.keys(headers), 'content-length']);
    expect(raw[raw.indexOf('X-UPPER-lower') + 1]).toBe('a  b\t;');
    expect(raw[raw.indexOf('Authorization') + 1]).toBe('Bearer x=/+');
    expect(raw[raw.indexOf('x-z') + 1]).toBe('');
    expect(request).toMatchObject({ method: 'POST', path: '/path?query=%20&x' });
    expect(request?.headers['content-type']).toBe('application/json');
  });

  it('lets a subscription name its own user agent, once', async () => {
    await sender.post(requestTo(receiver.url(), { headers: { 'user-AGENT': 'theirs/1' } }));

    const [request] = await receiver.waitForCount(1);
    const agents = request?.rawHeaders.filter((text) => text.toLowerCase() === 'user-agent');
    expect(agents).toEqual(['user-AGENT']);
    expect(request?.headers['user-agent']).toBe('theirs/1');
  });

  it('asks for no compression and inflates none', async () => {
    const headers = { 'content-encoding': 'gzip' };
    receiver.script('/', { kind: 'answer', status: 500, headers, body: 'not gzip at all' });

    const outcome = await sender.post(requestTo(receiver.url()));

    expect(outcome).toMatchObject({ code: 'http_status', excerpt: Buffer.from('not gzip at all') });
    expect(receiver.requests[0]?.headers).not.toHaveProperty('accept-encoding');
  });

  it('sends no cookie that an earlier answer had set', async () => {
    receiver.script('/', { kind: 'answer', headers: { 'set-cookie': 'a=b; Path=/' } });

    await sender.post(requestTo(receiver.url()));
    await sender.post(requestTo(receiver.url()));

    expect(receiver.requests).toHaveLength(2);
    expect(receiver.requests[1]?.headers).not.toHaveProperty('cookie');
  });
});
