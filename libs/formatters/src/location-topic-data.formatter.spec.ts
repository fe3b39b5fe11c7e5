import { describe, expect, it } from 'vitest';
import type { KafkaRecordHeaders } from '@app/events';
import { recordOf } from '../test/record.js';
import { LocationTopicDataFormatter } from './location-topic-data.formatter.js';

const TYPE = 'location/fulfillment_service_integration/accepted';
const formatter = new LocationTopicDataFormatter(TYPE, { maxBytes: 1_000 });

const format = (body: object | string | null, headers: KafkaRecordHeaders = {}) =>
  formatter.format(recordOf(body, 'location.fulfillment-service-integration.accepted', headers));

const byRecord = (organizationId: string) => ({ by: 'record', organizationId });

describe('LocationTopicDataFormatter', () => {
  it('takes the organization of the payload before that of the header, and learns from it', () => {
    const body = { organizationId: 'of-body', locationId: 'l1' };
    expect(format(body, { organizationId: 'of-header' })).toMatchObject({
      kind: 'event',
      type: TYPE,
      organization: byRecord('of-body'),
      learns: { locationId: 'l1', organizationId: 'of-body' },
    });
  });

  it.each([
    ['a buffer', Buffer.from('of-header')],
    ['a string', 'of-header'],
    ['the first of several', [Buffer.from('of-header'), Buffer.from('second')]],
  ])('takes the organization of the header given as %s, and learns nothing', (_what, value) => {
    const result = format({ locationId: 'l1' }, { organizationId: value });
    expect(result).toMatchObject({ kind: 'event', organization: byRecord('of-header') });
    expect(result).not.toHaveProperty('learns');
  });

  it('does not trim the header', () => {
    const result = format({}, { organizationId: ' o ' });
    expect(result).toMatchObject({ organization: byRecord(' o ') });
  });

  it.each([
    ['absent', {}],
    ['empty', { organizationId: Buffer.alloc(0) }],
    ['an empty list', { organizationId: [] }],
    ['not UTF-8', { organizationId: Buffer.from([0xff, 0xfe]) }],
    ['with a control character', { organizationId: 'a\u0007' }],
    ['over 64 characters', { organizationId: 'x'.repeat(65) }],
    ['of another spelling', { organizationid: 'o' }],
  ])('leaves the organization to the location when the header is %s', (_what, headers) => {
    const organization = { by: 'location', locationId: 'l1' };
    const result = format({ locationId: 'l1', organizationId: null }, headers);
    expect(result).toMatchObject({ kind: 'event', organization });
    expect(result).not.toHaveProperty('learns');
  });

  it('gives the very buffer of the record', () => {
    const record = recordOf('{"locationId": "l1" }');
    const result = formatter.format(record);
    expect(result.kind === 'event' && result.body).toBe(record.value);
  });

  it.each([
    ['organization_unresolved', '{}'],
    ['organization_unresolved', '{"locationId":""}'],
    ['organization_unresolved', '{"locationId":7}'],
    ['organization_unresolved', '{"__proto__":{"locationId":"l1"}}'],
    ['organization_invalid', '{"locationId":"l1","organizationId":7}'],
    ['organization_invalid', '{"locationId":"l1","organizationId":""}'],
    ['not_an_object', '[]'],
    ['not_json', '{'],
    ['tombstone', null],
    ['too_large', `{"locationId":"${'x'.repeat(1_000)}"}`],
  ] as const)('gives %s for %s', (reason, body) => {
    expect(format(body)).toMatchObject({ kind: 'dead_letter', reason });
  });
});
