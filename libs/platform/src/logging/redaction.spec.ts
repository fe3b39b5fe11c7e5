import { describe, expect, it } from 'vitest';
import { redact } from './redaction.js';

describe('redact', () => {
  it('replaces secrets, bodies and headers at any depth and in any spelling', () => {
    const hidden = ['secret', 'client_secret', 'Authorization', 'Set-Cookie', 'body', 'headers'];
    const fields = Object.fromEntries(hidden.map((name) => [name, { deep: 'hunter2' }]));
    const line = redact({ ...fields, list: [{ inner: fields }], password: 'hunter2' });
    expect(JSON.stringify(line)).not.toContain('hunter2');
    expect(JSON.stringify(line).match(/\[redacted\]/g)).toHaveLength(2 * hidden.length + 1);
  });

  it('keeps what only sounds like a secret', () => {
    const fields = { leaseToken: 7, bodyBytes: 900, headerCount: 2 };
    expect(redact(fields)).toEqual(fields);
  });

  it('writes the length of a buffer, the digits of a bigint, and nothing for undefined', () => {
    const fields = { value: Buffer.from('hunter2'), offset: 2n ** 60n, absent: undefined };
    expect(redact(fields)).toEqual({ value: '[7 bytes]', offset: '1152921504606846976' });
  });

  it('takes passwords out of URLs and cuts long text', () => {
    const url = 'connect postgres://user:hunter2@db:5432/webhooks failed';
    const { reason, long } = redact({ reason: url, long: 'x'.repeat(5_000) }) as {
      reason: string;
      long: string;
    };
    expect(reason).toBe('connect postgres://user:***@db:5432/webhooks failed');
    expect(long).toMatch(/^x{2000}… \(5000\)$/);
  });

  it('copies no unknown field of an error, wherever it stands', () => {
    const error = Object.assign(new Error('insert failed'), { parameters: ['hunter2'] });
    expect(redact({ reason: error })).toEqual({
      reason: { type: 'Error', message: 'insert failed' },
    });
  });

  it('ends in an object that contains itself', () => {
    const circle: Record<string, unknown> = { name: 'a' };
    circle['self'] = circle;
    expect(() => JSON.stringify(redact(circle))).not.toThrow();
  });
});
