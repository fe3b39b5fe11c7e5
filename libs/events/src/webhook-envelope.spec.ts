import { describe, expect, it } from 'vitest';
import { buildEnvelope } from './webhook-envelope.js';

const header = {
  date: '2026-03-16T12:00:00.000Z',
  type: 'order/created',
  webhookId: 'w',
  messageId: 'm',
  organizationId: 'o "1" é',
};

describe('buildEnvelope', () => {
  it('writes the header in the documented order and splices the body in byte for byte', () => {
    const body = Buffer.from('{ "b":10.00,\n"a" : 12345678901234567890, "c":"\\u00e9é😀" }');
    expect(buildEnvelope(header, body).toString('utf8')).toBe(
      '{"header":{"organizationId":"o \\"1\\" é","messageId":"m","webhookId":"w",' +
        '"type":"order/created","date":"2026-03-16T12:00:00.000Z"},' +
        '"body":{ "b":10.00,\n"a" : 12345678901234567890, "c":"\\u00e9é😀" }}',
    );
  });

  it('takes only the five documented fields of a header', () => {
    const more = { ...header, clientSecret: 'hidden' };
    expect(buildEnvelope(more, Buffer.from('{}')).includes('hidden')).toBe(false);
  });
});
