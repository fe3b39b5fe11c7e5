import { describe, expect, it } from 'vitest';
import { recordOf } from '../test/record.js';
import { DefaultTopicDataFormatter } from './default-topic-data.formatter.js';
import { accessorFor } from './organization-id.js';

const MAX_BYTES = 1_048_576;

const formatter = new DefaultTopicDataFormatter('order/created', {
  organizationIdAccessor: accessorFor('organizationId'),
  maxBytes: MAX_BYTES,
});

const refuse = (value: Buffer | string | null) => {
  const result = formatter.format(recordOf(value));
  return result.kind === 'dead_letter' ? result.reason : result.kind;
};

describe('DefaultTopicDataFormatter on a good record', () => {
  it('gives type, organization and the very buffer of the record', () => {
    const record = recordOf(
      '{ "organizationId":"org-1", "total": 10.00, "n":12345678901234567890 }',
    );
    const result = formatter.format(record);
    expect(result).toEqual({
      kind: 'event',
      record,
      type: 'order/created',
      body: record.value,
      organization: { by: 'record', organizationId: 'org-1' },
    });
    expect(result.kind === 'event' && result.body).toBe(record.value);
  });

  it.each([
    ['stockReference.organizationId', { stockReference: { organizationId: 'deep' } }],
    ['product.organizationId', { product: { organizationId: 'deep' } }],
    ['variant.organizationId', { variant: { organizationId: 'deep' } }],
  ] as const)('finds the organization at %s', (path, body) => {
    const nested = new DefaultTopicDataFormatter('variant/tag/added', {
      organizationIdAccessor: accessorFor(path),
      maxBytes: MAX_BYTES,
    });
    const organization = { by: 'record', organizationId: 'deep' };
    expect(nested.format(recordOf(body))).toMatchObject({ kind: 'event', organization });
  });

  it.each([
    ['white space around', '\r\n\t {"organizationId":"o"} \n', 'o'],
    ['an escaped key', String.raw`{"\u006frganizationId":"o"}`, 'o'],
    ['a doubled key, of which the last counts', '{"organizationId":1,"organizationId":"o"}', 'o'],
    ['an id of 64 characters', `{"organizationId":"${'x'.repeat(64)}"}`, 'x'.repeat(64)],
    [
      'an id of 64 characters outside the BMP',
      `{"organizationId":"${'😀'.repeat(64)}"}`,
      '😀'.repeat(64),
    ],
    ['an id with spaces and quotes', String.raw`{"organizationId":" a\"b "}`, ' a"b '],
    ['a NUL in another field', String.raw`{"organizationId":"o","note":"\u0000"}`, 'o'],
  ])('accepts %s', (_what, text, organizationId) => {
    const organization = { by: 'record', organizationId };
    expect(formatter.format(recordOf(text))).toMatchObject({ kind: 'event', organization });
  });

  it('accepts a value of exactly the limit and 200,000 levels of nesting', () => {
    const head = '{"organizationId":"o","pad":"';
    const full = `${head}${'x'.repeat(MAX_BYTES - head.length - 2)}"}`;
    expect(refuse(full)).toBe('event');
    expect(
      refuse(`{"organizationId":"o","deep":${'['.repeat(200_000)}${']'.repeat(200_000)}}`),
    ).toBe('event');
  });

  it('learns nothing without a location accessor', () => {
    const result = formatter.format(recordOf({ organizationId: 'o', id: 'l', locationId: 'l' }));
    expect(result).not.toHaveProperty('learns');
  });
});

describe('DefaultTopicDataFormatter on a bad record', () => {
  it.each([
    ['tombstone', null],
    ['too_large', Buffer.alloc(MAX_BYTES + 1, 0x00)],
    ['schema_registry_framing', Buffer.from([0x00, 0, 0, 0, 1, 0x7b, 0x7d])],
    ['schema_registry_framing', Buffer.from([0x00, 0xff])],
    ['invalid_utf8', Buffer.from([0x7b, 0xff, 0x7d])],
    ['invalid_utf8', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])],
    ['not_json', ''],
    ['not_json', '   '],
    ['not_json', '\ufeff{"organizationId":"o"}'],
    ['not_json', '{"organizationId":"o"'],
    ['not_json', '{"organizationId":"o"}{}'],
    ['not_json', "{'organizationId':'o'}"],
    ['not_json', '['.repeat(500_000)],
    ['not_an_object', '[{"organizationId":"o"}]'],
    ['not_an_object', '"organizationId"'],
    ['not_an_object', '42'],
    ['not_an_object', 'null'],
    ['organization_missing', '{}'],
    ['organization_missing', '{"organizationId":null}'],
    ['organization_missing', '{"OrganizationId":"o"}'],
    ['organization_missing', '{"__proto__":{"organizationId":"o"}}'],
    ['organization_invalid', '{"organizationId":42}'],
    ['organization_invalid', '{"organizationId":["o"]}'],
    ['organization_invalid', '{"organizationId":""}'],
    ['organization_invalid', `{"organizationId":"${'x'.repeat(65)}"}`],
    ['organization_invalid', String.raw`{"organizationId":"a\nb"}`],
    ['organization_invalid', String.raw`{"organizationId":"a\u0000"}`],
    ['organization_invalid', String.raw`{"organizationId":"a\u0085"}`],
    ['organization_invalid', String.raw`{"organizationId":"a\ud800"}`],
  ] as const)('gives %s', (reason, value) => {
    expect(refuse(value)).toBe(reason);
  });

  it.each([
    ['the parent is missing', '{"organizationId":"o"}'],
    ['the parent is null', '{"variant":null}'],
    ['the parent is a string', '{"variant":"organizationId"}'],
    ['the parent is an array', '{"variant":[{"organizationId":"o"}]}'],
    ['the parent has it by prototype only', '{"variant":{"__proto__":{"organizationId":"o"}}}'],
  ])('misses a nested organization when %s', (_what, text) => {
    const nested = new DefaultTopicDataFormatter('variant/price/added', {
      organizationIdAccessor: accessorFor('variant.organizationId'),
      maxBytes: MAX_BYTES,
    });
    expect(nested.format(recordOf(text))).toMatchObject({ reason: 'organization_missing' });
  });

  it('keeps the record and tells nothing of the body in its detail', () => {
    const record = recordOf(
      '{"secret":"hunter2","organizationId":"hunter2\\u0001"} trailing hunter2',
    );
    const broken = formatter.format(record);
    const invalid = formatter.format(recordOf('{"organizationId":"hunter2\\u0001"}'));
    expect(broken).toMatchObject({ kind: 'dead_letter', record, reason: 'not_json' });
    expect(
      JSON.stringify([
        { ...broken, record: 0 },
        { ...invalid, record: 0 },
      ]),
    ).not.toContain('hunter2');
  });
});
