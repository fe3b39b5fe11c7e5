import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { digestOf } from './digest.js';
import { receivedRecord } from './received-record.js';

const HEADER = { organizationId: 'o', messageId: 'm', webhookId: 'w', type: 'order/created' };
const BYTES = Buffer.from(`{"header":${JSON.stringify(HEADER)},"body":{ "a": 1.0 }}`);

function record(body: Buffer, headers: Record<string, string> = {}, secrets = ['old', 'new']) {
  const signature = createHmac('sha256', 'new').update(BYTES).digest('base64');
  return receivedRecord(
    {
      path: '/hook?x=1',
      headers: { 'x-happycolis-webhook-signature': signature, ...headers },
      body,
      startedAt: 10,
      endedAt: 12.5,
      status: 204,
    },
    { origin: 'http://here', secretsOf: (webhookId) => (webhookId === 'w' ? secrets : []) },
  );
}

describe('receivedRecord', () => {
  it('keeps digests of the bytes, the header, and wall times', () => {
    expect(record(BYTES)).toEqual({
      endPoint: 'http://here/hook?x=1',
      startedAt: performance.timeOrigin + 10,
      endedAt: performance.timeOrigin + 12.5,
      status: 204,
      digest: digestOf(BYTES),
      isSigned: true,
      envelope: { ...HEADER, bodyDigest: digestOf('{ "a": 1.0 }') },
      position: null,
    });
  });

  it('accepts the signature of a secret of the webhook over the very bytes alone', () => {
    const changed = Buffer.from(BYTES.toString().replace('1.0', '1.1'));

    expect(record(changed).isSigned).toBe(false);
    expect(record(BYTES, {}, ['old']).isSigned).toBe(false);
    expect(record(BYTES, {}, []).isSigned).toBe(false);
  });

  it('has no envelope where the bytes are none', () => {
    expect(record(Buffer.from('{"body":1}'))).toMatchObject({ envelope: null, isSigned: false });
  });

  it('reads the positions where they are told', () => {
    const sequence = { 'x-happycolis-sequence': '7' };
    expect(record(BYTES, sequence).position).toEqual({ sequence: 7, previous: null, skipped: '' });

    const more = { 'x-happycolis-previous-sequence': '0', 'x-happycolis-skipped-sequences': '1-3' };
    expect(record(BYTES, { ...sequence, ...more }).position).toEqual({
      sequence: 7,
      previous: 0,
      skipped: '1-3',
    });
  });
});
