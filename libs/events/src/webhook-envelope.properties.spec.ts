import { expectForAll, PROPERTY_TIMEOUT_MS } from '@app/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildEnvelope } from './webhook-envelope.js';

const SPACE = fc.string({ unit: fc.constantFrom(' ', '\n', '\r', '\t'), maxLength: 2 });
const SCALARS = ['null', 'true', '-0', '10.00', '1E+2', '1e-400', '12345678901234567890123'];
const PIECES = ['a', 'é', '😀', '\u2028', '\u007f', '\\u00e9', '\\ud800', '\\/', '\\"', '}'];

/** Texts as `JSON.stringify` writes them, and such as only others write. */
const TEXT = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 8 }).map((text) => JSON.stringify(text)),
  fc.string({ unit: fc.constantFrom(...PIECES), maxLength: 8 }).map((text) => `"${text}"`),
);

const spaced = (text: fc.Arbitrary<string>) =>
  fc.tuple(SPACE, text, SPACE).map((parts) => parts.join(''));

const listed = (entries: fc.Arbitrary<string>) =>
  fc.array(entries, { maxLength: 4 }).map((texts) => texts.join(','));

/** Every way to write JSON: white space, numbers, escapes, keys that come twice. */
const { json } = fc.letrec<{ json: string; member: string }>((tie) => ({
  json: spaced(
    fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom(...SCALARS),
      TEXT,
      listed(tie('json')).map((entries) => `[${entries}]`),
      listed(tie('member')).map((members) => `{${members}}`),
    ),
  ),
  member: fc.tuple(spaced(TEXT), tie('json')).map((pair) => pair.join(':')),
}));

const FIELD = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('"', '\\', '{', '}', ',', ':', '\0', '\ud800', 'é', 'a') }),
);
/** In an order that is not that of the envelope. */
const HEADER = fc.record({
  date: FIELD,
  type: FIELD,
  webhookId: FIELD,
  messageId: FIELD,
  organizationId: FIELD,
});

const ORDER = ['organizationId', 'messageId', 'webhookId', 'type', 'date'];

describe('buildEnvelope, of any header and any JSON', () => {
  it(
    'is JSON that says both, in the documented order, and holds the body byte for byte',
    async () => {
      await expectForAll(fc.tuple(HEADER, json), ([header, text]) => {
        const body = Buffer.from(text);
        const envelope = buildEnvelope(header, body);
        const read = JSON.parse(envelope.toString('utf8')) as Record<string, object>;
        expect(Object.keys(read)).toEqual(['header', 'body']);
        expect(Object.entries(read['header'] ?? {})).toEqual(
          ORDER.map((name) => [name, header[name as keyof typeof header]]),
        );
        expect(JSON.stringify(read['body'])).toBe(JSON.stringify(JSON.parse(text)));
        expect(envelope.subarray(-1 - body.length, -1).equals(body)).toBe(true);
      });
    },
    PROPERTY_TIMEOUT_MS,
  );
});
