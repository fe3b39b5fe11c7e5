import { validateHeaderName, validateHeaderValue } from 'node:http';
import { expectForAll, PROPERTY_TIMEOUT_MS } from '@app/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { customHeaderFaults } from './custom-headers.js';
import { requestHeaders } from './request-headers.js';

/** Kept apart from the list in the code on purpose: what nobody but the service may set. */
const RESERVED =
  /^(host|content-(length|type)|transfer-encoding|connection|keep-alive|upgrade|te|trailer|expect|webhook-(id|timestamp|signature)|proxy-.*|x-happycolis-.*)$/i;

const anyCase = (name: string) =>
  fc
    .array(fc.boolean(), { minLength: name.length, maxLength: name.length })
    .map((upper) =>
      Array.from(name, (letter, at) => (upper[at] ? letter.toUpperCase() : letter)).join(''),
    );

const KNOWN = [
  'authorization',
  'connection',
  'content-type',
  'host',
  'proxy-authorization',
  'te',
  'traceparent',
  'tracestate',
  'user-agent',
  'webhook-id',
  'x-a',
  'x-happycolis-test',
];
const TOKEN = "abcXYZ019!#$%&'*+.^_`|~-";
const HOSTILE = ['\r\n', '\n', '\0', '\u007f', 'é', '\u0130', '\u212a', '😀', '\ud800', ':', '\t'];
const OBJECTS = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'length', '0'];

const token = fc.string({ unit: fc.constantFrom(...TOKEN.split('')), minLength: 1, maxLength: 66 });
const hostile = fc.string({ unit: fc.constantFrom(...HOSTILE, 'a', 'x-', ' ') });
const known = fc.constantFrom(...KNOWN).chain(anyCase);
const name = fc.oneof(
  { weight: 5, arbitrary: token },
  { weight: 3, arbitrary: known },
  fc.constantFrom(...OBJECTS),
  hostile,
);
const value = fc.oneof(
  { weight: 8, arbitrary: fc.string({ unit: 'grapheme-ascii', maxLength: 20 }) },
  fc.string({ unit: fc.constantFrom('\t', ' ', '~'), maxLength: 1_030, size: 'max' }),
  hostile,
  fc.anything(),
);
/** Own properties throughout, `__proto__` as well. */
const headers = fc
  .array(fc.tuple(name, value), { maxLength: 32 })
  .map((entries) => Object.fromEntries(entries) as Record<string, string>);

/** Headers of the service that depend on the message, by the names that they have. */
const marks = fc.record(
  {
    traceparent: fc.constant('00-1-2-01'),
    tracestate: fc.constant('a=1'),
    'x-happycolis-test': fc.constant('true'),
    'x-happycolis-sequence': fc.constant('7'),
  },
  { requiredKeys: [] },
);

describe('customHeaderFaults, of any value', () => {
  it(
    'lets through nothing but what HTTP can carry and the service does not set itself',
    async () => {
      let accepted = 0;
      await expectForAll(fc.oneof(headers, fc.anything()), (given) => {
        if (customHeaderFaults(given).length > 0) return;
        accepted += 1;
        for (const [header, text] of Object.entries(given as Record<string, string>)) {
          validateHeaderName(header);
          validateHeaderValue(header, text);
          expect(header).toMatch(/^[\x21-\x7e]{1,64}$/);
          expect(text).toMatch(/^[\t\x20-\x7e]*$/);
          expect(header).not.toMatch(RESERVED);
        }
      });
      expect(accepted).toBeGreaterThan(1_000);
    },
    PROPERTY_TIMEOUT_MS,
  );

  it(
    'names each fault in a sentence, and a header that was given',
    async () => {
      await expectForAll(headers, (given) => {
        for (const { header, reason } of customHeaderFaults(given)) {
          expect(reason).toMatch(/^[a-z0-9, ]+$/i);
          expect(header === '' || Object.hasOwn(given, header)).toBe(true);
        }
      });
    },
    PROPERTY_TIMEOUT_MS,
  );
});

describe('requestHeaders, of any headers that may be sent', () => {
  const sendable = fc
    .dictionary(fc.oneof(known, token), fc.string({ unit: 'grapheme-ascii' }))
    .filter((custom) => customHeaderFaults(custom).length === 0);
  const standard = fc.constantFrom<Record<string, string>>(
    {},
    { 'webhook-id': '1', 'webhook-timestamp': '2', 'webhook-signature': '3' },
  );

  it(
    'give no name twice, whatever its case, and every custom header as it is',
    async () => {
      await expectForAll(fc.record({ custom: sendable, marks, standard }), (parts) => {
        const flat = requestHeaders({ ...parts, signature: 's', userAgent: 'ours/1' });
        const names = flat.filter((_, at) => at % 2 === 0).map((header) => header.toLowerCase());
        expect(new Set(names).size).toBe(names.length);
        const custom = Object.entries(parts.custom).flat();
        expect(flat.slice(flat.length - custom.length)).toEqual(custom);
        expect(names).toContain('x-happycolis-webhook-signature');
      });
    },
    PROPERTY_TIMEOUT_MS,
  );
});
