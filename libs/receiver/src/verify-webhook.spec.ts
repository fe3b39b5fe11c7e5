import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { verifyWebhook, type VerifyOptions } from './verify-webhook.js';
import { WebhookError } from './webhook-error.js';

const SECRET = 'a client secret';
const SIGNATURE = 'x-happycolis-webhook-signature';

const header = {
  organizationId: 'organization',
  messageId: '0d9f6c1e-3b7a-4f42-8c55-6e1f2a3b4c5d',
  webhookId: 'webhook',
  type: 'order/created',
  date: '2026-01-31T08:15:30.123Z',
};
const envelope = (of: unknown = { header, body: { price: 10.5 } }): Buffer =>
  Buffer.from(JSON.stringify(of));

const signatureOf = (bytes: Buffer, secret = SECRET): string =>
  createHmac('sha256', secret).update(bytes).digest('base64');

const signed = (rawBody = envelope(), more: Record<string, string | string[]> = {}) => ({
  rawBody,
  headers: { [SIGNATURE]: signatureOf(rawBody), ...more },
});

const verify = (
  request: Parameters<typeof verifyWebhook>[0],
  options: Partial<VerifyOptions> = {},
) => verifyWebhook(request, { secrets: [SECRET], ...options });

function refusal(...given: Parameters<typeof verify>): WebhookError {
  try {
    verify(...given);
  } catch (error) {
    if (error instanceof WebhookError) return error;
    throw error;
  }
  throw new Error('It was not refused.');
}

describe('a genuine request', () => {
  it('is read', () => {
    expect(verify(signed())).toEqual({
      ...header,
      date: new Date(header.date),
      body: { price: 10.5 },
      place: { sequence: null, previous: null, skipped: [] },
      isTest: false,
    });
  });

  it('is known by any of several secrets', () => {
    expect(verify(signed(), { secrets: ['the new one', SECRET] })).toMatchObject({
      type: header.type,
    });
  });

  it('may have its headers in any case, as a Headers object, or in arrays of one', () => {
    const rawBody = envelope();
    const signature = signatureOf(rawBody);
    const all = [
      { 'X-HappyColis-Webhook-Signature': signature },
      { [SIGNATURE]: [signature] },
      new Headers({ [SIGNATURE]: signature }),
    ];
    for (const headers of all)
      expect(verify({ rawBody, headers })).toMatchObject({ type: header.type });
  });

  it('says whether it is a test, and where it stands', () => {
    const more = {
      'x-happycolis-test': 'true',
      'x-happycolis-sequence': '9007199254740995',
      'x-happycolis-previous-sequence': '9007199254740990',
      'x-happycolis-skipped-sequences': '9007199254740991, 9007199254740993-9007199254740994, ...',
    };
    expect(verify(signed(envelope(), more))).toMatchObject({
      isTest: true,
      place: {
        sequence: 9007199254740995n,
        previous: 9007199254740990n,
        skipped: [
          { first: 9007199254740991n, last: 9007199254740991n },
          { first: 9007199254740993n, last: 9007199254740994n },
        ],
      },
    });
  });

  it('whose place is no number has none', () => {
    const more = { 'x-happycolis-sequence': '1e3', 'x-happycolis-previous-sequence': '-1' };
    expect(verify(signed(envelope(), more)).place).toMatchObject({
      sequence: null,
      previous: null,
    });
  });
});

describe('a request that is not genuine', () => {
  it('has one bit changed, in any byte of its body', () => {
    const { rawBody, headers } = signed();
    for (let index = 0; index < rawBody.length; index += 1) {
      const changed = Buffer.from(rawBody);
      changed[index] = (changed[index] ?? 0) ^ 1;
      expect(refusal({ rawBody: changed, headers })).toMatchObject({
        code: 'signature_invalid',
        status: 401,
      });
    }
  });

  it.each([
    ['another secret', { [SIGNATURE]: signatureOf(envelope(), 'another') }],
    ['a part of the signature', { [SIGNATURE]: signatureOf(envelope()).slice(0, -1) }],
    ['more than the signature', { [SIGNATURE]: `${signatureOf(envelope())}=` }],
    ['an empty one', { [SIGNATURE]: '' }],
  ])('has %s', (_what, headers) => {
    expect(refusal({ rawBody: envelope(), headers }).code).toBe('signature_invalid');
  });

  it('has no signature, or two', () => {
    const signature = signatureOf(envelope());
    for (const headers of [{}, { [SIGNATURE]: [signature, signature] }, new Headers()]) {
      expect(refusal({ rawBody: envelope(), headers })).toMatchObject({
        code: 'signature_missing',
        status: 401,
      });
    }
  });

  it('is refused where there is no secret', () => {
    expect(refusal(signed(), { secrets: [] }).code).toBe('signature_invalid');
  });
});

describe('a genuine request that cannot be read', () => {
  it.each([
    ['text', Buffer.from('hello')],
    ['null', envelope(null)],
    ['an array', envelope([])],
    ['a header without its fields', envelope({ header: { type: 'x' }, body: 1 })],
    ['a date that is none', envelope({ header: { ...header, date: 'soon' }, body: 1 })],
  ])('is %s', (_what, rawBody) => {
    expect(refusal(signed(rawBody))).toMatchObject({ code: 'not_an_envelope', status: 422 });
  });
});

describe('what was queued long ago', () => {
  const now = Date.parse(header.date) + 60_000;

  it('is fresh enough where nothing else is said', () => {
    expect(verify(signed(), { now: now + 1e12 })).toMatchObject({ type: header.type });
  });

  it('is refused beyond the age that is allowed', () => {
    expect(verify(signed(), { maxAgeMs: 60_000, now })).toMatchObject({ type: header.type });
    expect(refusal(signed(), { maxAgeMs: 59_999, now })).toMatchObject({
      code: 'stale',
      status: 422,
    });
  });
});
