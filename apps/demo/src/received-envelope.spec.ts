import { describe, expect, it } from 'vitest';
import { readEnvelope } from './received-envelope.js';

const HEADER =
  '{"organizationId":"o","messageId":"m","webhookId":"w","type":"order/created","date":"d"}';
const RECORD = '{ "total": 10.00, "id": 12345678901234567890,"demo":{"run":"r","number":7} }';

describe('an envelope as a receiver reads it', () => {
  it('gives the header, the number and the very bytes of the record', () => {
    const envelope = readEnvelope(Buffer.from(`{"header":${HEADER},"body":${RECORD}}`));
    expect(envelope).toMatchObject({ organizationId: 'o', messageId: 'm', type: 'order/created' });
    expect(envelope?.number).toEqual({ run: 'r', number: 7 });
    expect(envelope?.record.toString()).toBe(RECORD);
  });

  it('takes a record that the demonstration did not produce', () => {
    expect(
      readEnvelope(Buffer.from(`{"header":${HEADER},"body":{"a":1}}`))?.number,
    ).toBeUndefined();
  });

  it.each([
    ['no JSON', '{"header":'],
    ['no object', '[]'],
    ['no header', '{"body":{}}'],
    ['a header that lacks a field', '{"header":{"organizationId":"o"},"body":{}}'],
  ])('refuses %s', (_, text) => {
    expect(readEnvelope(Buffer.from(text))).toBeUndefined();
  });
});
