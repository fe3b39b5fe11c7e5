import { describe, expect, it } from 'vitest';
import { accessorFor, isUsableId } from './organization-id.js';

describe('accessorFor', () => {
  it('reads own properties only, at every step of the path', () => {
    const inherited = Object.assign(Object.create({ organizationId: 'o' }), { title: 't' });
    expect(accessorFor('organizationId')(inherited)).toBeUndefined();
    expect(accessorFor('variant.organizationId')({ variant: inherited })).toBeUndefined();
    const parent = Object.create({ variant: { organizationId: 'o' } });
    expect(accessorFor('variant.organizationId')(parent)).toBeUndefined();
    expect(accessorFor('variant.organizationId')({ variant: { organizationId: 'o' } })).toBe('o');
  });
});

describe('isUsableId', () => {
  it('takes ids that are no UUIDs, as the documentation has them', () => {
    expect(['r9s0t1u2-v3w4', 'wh_abc123', '0', 'é😀'].every(isUsableId)).toBe(true);
  });

  it('takes neither other values nor unusable strings', () => {
    const unusable = [undefined, null, 1, {}, ['o'], '', 'a\tb', '\u007f', 'x'.repeat(65)];
    expect(unusable.filter(isUsableId)).toEqual([]);
  });
});
