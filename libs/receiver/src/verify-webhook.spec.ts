import { createHmac } from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { SECRET, signed, signedRequest } from '../test/signed-request.js';
import type { WebhookErrorCode } from './receiver.errors.js';
import { WebhookError } from './receiver.errors.js';
import type { WebhookRequestHeaders } from './request-headers.js';
import { verifyWebhook, type VerifyWebhookOptions } from './verify-webhook.js';

const SIGNATURE = 'x-happycolis-webhook-signature';
const STATUS: Partial<Record<WebhookErrorCode, number>> = {
  secrets_missing: 500,
  body_not_raw: 500,
  signature_missing: 401,
  signature_invalid: 401,
  body_not_an_envelope: 400,
  stale: 400,
};

afterEach(() => vi.restoreAllMocks());

function codeOf(options: Partial<VerifyWebhookOptions>): WebhookErrorCode | 'accepted' {
  try {
    verifyWebhook({ ...signedRequest(), secrets: SECRET, ...options });
    return 'accepted';
  } catch (error) {
    if (!(error instanceof WebhookError)) throw error;
    expect(error.status).toBe(STATUS[error.code]);
    return error.code;
  }
}

describe('what is signed', () => {
  it('is read: header, body and the bytes', () => {
    const date = '2026-01-31T08:15:30.123Z';
    const request = signedRequest({ messageId: 'message-1', date, body: '{"price":10.00}' });

    const event = verifyWebhook<{ price: number }>({ ...request, secrets: SECRET });

    expect(event).toEqual({
      header: {
        organizationId: 'organization-1',
        messageId: 'message-1',
        webhookId: 'webhook-1',
        type: 'order/created',
        date,
      },
      body: { price: 10 },
      rawBody: request.rawBody,
      isTest: false,
      position: { sequence: undefined, previous: undefined, skipped: [], moreSkipped: false },
    });
  });

  it.each(['null', '0', '"text"', '[1]', '{"__proto__":{"a":1},"ü":"😀 \\ud83d"}'])(
    'may be any JSON: %s',
    (body) => {
      const event = verifyWebhook({ ...signedRequest({ body }), secrets: SECRET });

      expect(event.body).toEqual(JSON.parse(body));
    },
  );

  it('is found in a part of a larger buffer, and in a plain Uint8Array', () => {
    const { rawBody, headers } = signedRequest({ messageId: 'message-1' });
    const larger = Buffer.concat([Buffer.from('before'), rawBody, Buffer.from('after')]);
    const part = larger.subarray(6, 6 + rawBody.length);

    for (const bytes of [part, new Uint8Array(rawBody)]) {
      const event = verifyWebhook({ rawBody: bytes, headers, secrets: SECRET });
      expect(event.header.messageId).toBe('message-1');
    }
  });

  it('agrees with a signature that was made elsewhere, the key being UTF-8', () => {
    // By openssl: printf %s "$body" | openssl dgst -sha256 -hmac gehéim-😀 -binary | base64
    const header = '"organizationId":"o","messageId":"m","webhookId":"w","type":"t","date":"2026"';
    const rawBody = Buffer.from(`{"header":{${header}},"body":{"name":"Zoë 😀"}}`);
    const headers = { [SIGNATURE]: '78eMGm+m4tVFbrN8Y5P4dY135Zfu20wvkpFEZ17boZs=' };

    expect(codeOf({ rawBody, headers, secrets: 'gehéim-😀' })).toBe('accepted');
  });

  it('is marked as a test by a header', () => {
    const { rawBody, headers } = signedRequest();
    const marked = { ...headers, 'X-HappyColis-Test': 'true' };

    expect(verifyWebhook({ rawBody, headers: marked, secrets: SECRET }).isTest).toBe(true);
  });
});

describe('tampering', () => {
  it('is noticed for every bit of the body', () => {
    const { rawBody, headers } = signedRequest();
    const codes = new Set<string>();
    for (let bit = 0; bit < rawBody.length * 8; bit += 1) {
      const changed = Buffer.from(rawBody);
      changed[bit >> 3] = (rawBody[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      codes.add(codeOf({ rawBody: changed, headers }));
    }
    expect([...codes]).toEqual(['signature_invalid']);
  });

  it.each([
    ['a byte more', (body: Buffer) => Buffer.concat([body, Buffer.from(' ')])],
    ['a byte less', (body: Buffer) => body.subarray(0, -1)],
    ['nothing', () => Buffer.alloc(0)],
    ['parsed and written again', (body: Buffer) => Buffer.from(JSON.stringify(parsed(body)))],
  ])('is noticed where the body is %s', (_what, change) => {
    const { rawBody, headers } = signedRequest();

    expect(codeOf({ rawBody: change(rawBody), headers })).toBe('signature_invalid');
  });

  const parsed = (body: Buffer): unknown => JSON.parse(body.toString());

  it.each([
    ['of another secret', (body: Buffer) => signed(body, 'other')[SIGNATURE]],
    ['of the secret decoded', (body: Buffer) => mac(Buffer.from(SECRET, 'base64'), body, 'base64')],
    ['in hex', (body: Buffer) => mac(SECRET, body, 'hex')],
    ['in base64url', (body: Buffer) => mac(SECRET, body, 'base64url')],
    ['with a prefix', (body: Buffer) => `sha256=${mac(SECRET, body, 'base64')}`],
    ['without its padding', (body: Buffer) => mac(SECRET, body, 'base64').replace('=', '')],
    ['with something behind it', (body: Buffer) => `${mac(SECRET, body, 'base64')}=`],
    [
      'with a character beyond ASCII',
      (body: Buffer) => mac(SECRET, body, 'base64').replace(/^./, 'é'),
    ],
    [
      'twice, joined by a server',
      (body: Buffer) =>
        Array(2)
          .fill(mac(SECRET, body, 'base64'))
          .join(', '),
    ],
    ['of one character', () => 'x'],
  ])('is noticed where the signature is %s', (_what, sign) => {
    const { rawBody } = signedRequest();
    const headers = { [SIGNATURE]: sign(rawBody) };

    expect(codeOf({ rawBody, headers })).toBe('signature_invalid');
  });

  function mac(secret: string | Buffer, body: Buffer, encoding: 'base64' | 'base64url' | 'hex') {
    return createHmac('sha256', secret).update(body).digest(encoding);
  }

  it('leaves the body unparsed', () => {
    const parse = vi.spyOn(JSON, 'parse');
    const rawBody = Buffer.from('no JSON');

    expect(codeOf({ rawBody, headers: signed(rawBody, 'other') })).toBe('signature_invalid');
    expect(parse).not.toHaveBeenCalled();
    expect(codeOf({ rawBody, headers: signed(rawBody) })).toBe('body_not_an_envelope');
    expect(parse).toHaveBeenCalledTimes(1);
  });
});

describe('the header of the signature', () => {
  const { rawBody, headers } = signedRequest();
  const signature = headers[SIGNATURE] ?? '';
  const forms: [string, WebhookErrorCode | 'accepted', WebhookRequestHeaders][] = [
    ['with capitals', 'accepted', { 'X-HappyColis-Webhook-Signature': signature }],
    ['in an array', 'accepted', { [SIGNATURE]: [signature] }],
    ["in the Fetch API's form", 'accepted', new Headers({ [SIGNATURE]: signature })],
    ['beside a header named get', 'accepted', { get: 'x', [SIGNATURE]: signature }],
    ['not there', 'signature_missing', {}],
    ["not there, in the Fetch API's form", 'signature_missing', new Headers()],
    ['undefined', 'signature_missing', { [SIGNATURE]: undefined }],
    ['empty', 'signature_missing', { [SIGNATURE]: '' }],
    ['an empty array', 'signature_missing', { [SIGNATURE]: [] }],
    ['there twice', 'signature_invalid', { [SIGNATURE]: [signature, signature] }],
    ['there twice, the wrong one first', 'signature_invalid', { [SIGNATURE]: ['x', signature] }],
    [
      'in two cases',
      'signature_invalid',
      { [SIGNATURE]: signature, [SIGNATURE.toUpperCase()]: 'x' },
    ],
    ['inherited', 'signature_missing', Object.create({ [SIGNATURE]: signature })],
  ];

  it.each(forms)('is %s: %s', (_form, code, given) => {
    expect(codeOf({ rawBody, headers: given })).toBe(code);
  });
});

describe('secrets', () => {
  it.each([
    [[SECRET, 'next'], 'accepted'],
    [['former', SECRET], 'accepted'],
    [['a', 'b', SECRET, 'c'], 'accepted'],
    [['former', 'next'], 'signature_invalid'],
    [[], 'secrets_missing'],
    ['', 'secrets_missing'],
    [[SECRET, ''], 'secrets_missing'],
  ])('%j: %s', (secrets, code) => {
    expect(codeOf({ secrets })).toBe(code);
  });

  it('that are not set are not taken for an empty one, with which anybody could sign', () => {
    const rawBody = signedRequest().rawBody;
    const headers = signed(rawBody, 'undefined');

    for (const secrets of [undefined, null, [undefined], { a: 1 }] as unknown as string[]) {
      expect(codeOf({ rawBody, headers, secrets })).toBe('secrets_missing');
    }
  });
});

describe('a body that is not raw', () => {
  it.each([{ header: {}, body: {} }, undefined, null, '{}'])('is refused: %j', (body) => {
    expect(codeOf({ rawBody: body as unknown as Uint8Array })).toBe('body_not_raw');
  });
});

describe('a request without body and signature', () => {
  it('is not taken for a fault of the receiver', () => {
    expect(codeOf({ rawBody: undefined, headers: {} })).toBe('signature_missing');
  });
});

describe('a signed body that is no envelope', () => {
  const header = { organizationId: 'o', messageId: 'm', webhookId: 'w', type: 't', date: '2026' };
  const bodies: unknown[] = [
    null,
    1,
    [],
    {},
    { header },
    { body: 1 },
    { header: [], body: 1 },
    { header: null, body: 1 },
    ...Object.keys(header).map((name) => ({ header: { ...header, [name]: undefined }, body: 1 })),
    { header: { ...header, messageId: 1 }, body: 1 },
    { header: { ...header, messageId: '' }, body: 1 },
    { header: { ...header, date: 'yesterday' }, body: 1 },
  ];

  it.each(bodies)('is refused: %j', (body) => {
    const rawBody = Buffer.from(JSON.stringify(body));

    expect(codeOf({ rawBody, headers: signed(rawBody) })).toBe('body_not_an_envelope');
  });

  it('is not one with a field more', () => {
    const rawBody = Buffer.from(
      JSON.stringify({ header: { ...header, more: 1 }, body: 1, more: 2 }),
    );

    const event = verifyWebhook({ rawBody, headers: signed(rawBody), secrets: SECRET });
    expect(event.header).toEqual(header);
  });
});

describe('age', () => {
  const queuedAt = Date.parse('2026-01-31T08:15:30.123Z');
  const request = signedRequest({ date: '2026-01-31T08:15:30.123Z' });
  const judged = (ageMs: number, maxAgeMs?: number) =>
    codeOf({ ...request, maxAgeMs, now: () => queuedAt + ageMs });

  it('is no reason to refuse unless it is asked for', () => {
    expect(judged(400 * 86_400_000)).toBe('accepted');
  });

  it('is limited where it is asked for, to the millisecond', () => {
    expect(judged(60_000, 60_000)).toBe('accepted');
    expect(judged(60_001, 60_000)).toBe('stale');
  });

  it('is no matter for a message of the future: the clock here is late', () => {
    expect(judged(-86_400_000, 0)).toBe('accepted');
  });

  it('is judged after the signature', () => {
    const forged = { ...request, headers: signed(request.rawBody, 'other') };

    expect(codeOf({ ...forged, maxAgeMs: 1, now: () => queuedAt + 2 })).toBe('signature_invalid');
  });
});
