import { describe, expect, it } from 'vitest';
import { digestOf } from './digest.js';
import { producedRecords } from './produced-record.js';

const batch = [
  { topic: 'order.created', partition: 0, organizationId: 'o', value: 'a' },
  { topic: 'order.created', partition: 1, organizationId: 'o', value: 'b' },
  { topic: 'order.created', partition: 0, organizationId: 'p', value: Buffer.from('c') },
];

describe('producedRecords', () => {
  it('counts on from the first offset of each partition', () => {
    const records = producedRecords(
      batch,
      [
        { topicName: 'x.order.created', partition: 1, baseOffset: '7' },
        { topicName: 'x.order.created', partition: 0, baseOffset: '9007199254740993' },
      ],
      'x.',
    );

    expect(records.map(({ offset }) => offset)).toEqual([
      '9007199254740993',
      '7',
      '9007199254740994',
    ]);
    expect(records[2]).toEqual({
      topic: 'order.created',
      partition: 0,
      organizationId: 'p',
      offset: '9007199254740994',
      acknowledgedAt: records[0]?.acknowledgedAt,
      valueDigest: digestOf('c'),
    });
  });

  it('refuses to guess where an acknowledgement is missing', () => {
    const acknowledgements = [{ topicName: 'order.created', partition: 1, baseOffset: '7' }];

    expect(() => producedRecords(batch, acknowledgements)).toThrow(
      'No offset was acknowledged for order.created/0',
    );
  });
});
