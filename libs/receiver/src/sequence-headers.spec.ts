import { describe, expect, it } from 'vitest';
import type { WebhookRequestHeaders } from './request-headers.js';
import { sequencePosition } from './sequence-headers.js';

const SEQUENCE = 'x-happycolis-sequence';
const PREVIOUS = 'x-happycolis-previous-sequence';
const SKIPPED = 'x-happycolis-skipped-sequences';

describe('the position of a request', () => {
  it('is read from its headers', () => {
    const headers = { [SEQUENCE]: '10', [PREVIOUS]: '3', [SKIPPED]: '4, 6-9' };

    expect(sequencePosition(headers)).toEqual({
      sequence: 10,
      previous: 3,
      skipped: [
        { first: 4, last: 4 },
        { first: 6, last: 9 },
      ],
      moreSkipped: false,
    });
  });

  it('says where there is more than the header tells of', () => {
    expect(sequencePosition({ [SKIPPED]: '4, ...' })).toMatchObject({
      skipped: [{ first: 4, last: 4 }],
      moreSkipped: true,
    });
  });

  it('knows the first one of a webhook from one that is not known', () => {
    expect(sequencePosition({ [SEQUENCE]: '1', [PREVIOUS]: '0' }).previous).toBe(0);
    expect(sequencePosition({ [SEQUENCE]: '1' }).previous).toBeUndefined();
  });

  it("is found under names with capitals, in arrays and in the Fetch API's form", () => {
    const forms: WebhookRequestHeaders[] = [
      { 'X-HappyColis-Sequence': '7' },
      { [SEQUENCE]: ['7'] },
      new Headers({ [SEQUENCE]: '7' }),
    ];
    expect(forms.map((headers) => sequencePosition(headers).sequence)).toEqual([7, 7, 7]);
  });

  it.each(['', '-1', '1.5', '0x10', '1e3', ' 7', '7, 7', 'x', '1234567890123456', '0'])(
    'is not said where it cannot be read: %j',
    (value) => {
      expect(sequencePosition({ [SEQUENCE]: value }).sequence).toBeUndefined();
    },
  );

  it('is not said where it is said twice', () => {
    const headers = { [SEQUENCE]: ['7', '8'], [PREVIOUS]: ['1', '1'] };

    expect(sequencePosition(headers)).toMatchObject({ sequence: undefined, previous: undefined });
  });

  it.each(['', 'x', '9-6', '0', '-5', '5-', '1-2-3', '4;5'])(
    'has no skipped ones where they cannot be read: %j',
    (value) => {
      expect(sequencePosition({ [SKIPPED]: value })).toMatchObject({
        skipped: [],
        moreSkipped: false,
      });
    },
  );

  it('takes the skipped ones that can be read, also from a header that came in parts', () => {
    expect(sequencePosition({ [SKIPPED]: ['4,x', ' 6-9 '] }).skipped).toEqual([
      { first: 4, last: 4 },
      { first: 6, last: 9 },
    ]);
  });
});
