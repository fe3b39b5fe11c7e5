import { describe, expect, it } from 'vitest';
import { customHeaderFaults } from './custom-headers.js';

const reserved = [
  'host',
  'Content-Length',
  'CONTENT-TYPE',
  'transfer-encoding',
  'Connection',
  'keep-alive',
  'Upgrade',
  'te',
  'Trailer',
  'Expect',
  'Proxy-Authorization',
  'proxy-connection',
  'X-HappyColis-Webhook-Signature',
  'x-happycolis-anything',
  'X-HappyColis-Test',
];

describe('customHeaderFaults', () => {
  it('lets ordinary headers through, whatever their case', () => {
    const headers = {
      Authorization: 'Bearer abc.def',
      'x-tenant': 'a b\tc',
      'X-Empty': '',
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
      TraceState: 'theirs=1',
      "!#$%&'*+.^_`|~": '1',
    };

    expect(customHeaderFaults(headers)).toEqual([]);
  });

  it.each(reserved)('refuses %s, which belongs to the service or to the connection', (header) => {
    expect(customHeaderFaults({ [header]: 'x' })).toEqual([
      { header, reason: 'the header is set by the service or by the connection' },
    ]);
  });

  it.each(['', 'x y', 'x:y', 'x\r\ny', 'é', 'x\u0000', 'a'.repeat(65)])(
    'refuses the name %j',
    (header) => {
      expect(customHeaderFaults({ [header]: 'x' })).toEqual([
        { header, reason: 'the name must be 1 to 64 characters of an HTTP token' },
      ]);
    },
  );

  it.each(['a\r\nx-injected: 1', 'a\nb', 'é', '€', '\u0000', '\u007f', 'x'.repeat(1025)])(
    'refuses the value %j',
    (value) => {
      expect(customHeaderFaults({ 'x-a': value })).toEqual([
        { header: 'x-a', reason: 'the value must be at most 1,024 printable ASCII characters' },
      ]);
    },
  );

  it.each([1, true, null, undefined, ['a', 'b'], { toString: () => 'x' }])(
    'refuses a value that is no string: %j',
    (value) => {
      expect(customHeaderFaults({ 'x-a': value })).toEqual([
        { header: 'x-a', reason: 'the value must be a string' },
      ]);
    },
  );

  it.each([null, 'x: y', 5, [['x', 'y']]])('refuses %j in place of an object', (headers) => {
    expect(customHeaderFaults(headers)).toHaveLength(1);
  });

  it('refuses a header that is repeated in another case', () => {
    expect(customHeaderFaults({ 'X-A': '1', 'x-a': '2' })).toEqual([
      { header: 'x-a', reason: 'the header is given twice' },
    ]);
  });

  it('allows 30 headers and refuses 31', () => {
    const headers = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`x-${index}`, '']));

    expect(customHeaderFaults(headers(30))).toEqual([]);
    expect(customHeaderFaults(headers(31))).toEqual([
      { header: '', reason: 'at most 30 headers are allowed' },
    ]);
  });

  it('allows 8,192 bytes in all and refuses one more', () => {
    const headers = (lastLength: number) =>
      Object.fromEntries(
        Array.from({ length: 8 }, (_, index) => [
          `x-${index}`,
          'v'.repeat(index === 7 ? lastLength : 1017),
        ]),
      );

    expect(customHeaderFaults(headers(1017))).toEqual([]);
    expect(customHeaderFaults(headers(1018))).toEqual([
      { header: '', reason: 'all headers together may take 8192 bytes' },
    ]);
  });

  it('names every fault at once', () => {
    const faults = customHeaderFaults({ host: 'x', 'x y': 'z', 'x-a': '\n' });

    expect(faults.map(({ header }) => header)).toEqual(['host', 'x y', 'x-a']);
  });
});
