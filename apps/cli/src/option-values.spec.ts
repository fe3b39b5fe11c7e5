import { describe, expect, it } from 'vitest';
import { label, limit, organizationId, scopes, uuid } from './option-values.js';

describe('option values', () => {
  it('takes an id in either case and writes it in lower case', () => {
    const id = '7C9E6679-7425-40DE-944B-E07FC1F90AE7';
    expect(uuid(id)).toBe(id.toLowerCase());
    for (const text of ['', '42', `{${id}}`, `${id} `, id.replaceAll('-', '')]) {
      expect(() => uuid(text)).toThrow('not a UUID');
    }
  });

  it('takes any organization that an event can carry', () => {
    expect(organizationId('r9s0t1u2-ünïcode')).toBe('r9s0t1u2-ünïcode');
    expect(organizationId('𝔬'.repeat(64))).toHaveLength(128);
    for (const text of ['', 'a'.repeat(65), 'a\u0007', 'a\u0085']) {
      expect(() => organizationId(text)).toThrow('1 to 64 characters');
    }
  });

  it('splits scopes at commas and drops repeats', () => {
    expect(scopes('a, b:read ,a,')).toEqual(['a', 'b:read']);
    expect(scopes('')).toEqual([]);
    expect(() => scopes('a b,c')).toThrow('"a b" is not a scope');
    expect(() => scopes('"a"')).toThrow('is not a scope');
    expect(() => scopes('a\\b')).toThrow('is not a scope');
  });

  it('takes names that are safe to show', () => {
    expect(label(' Shop sync ')).toBe('Shop sync');
    for (const text of ['', '  ', 'a\u001b[31m', 'a\nb', 'a'.repeat(201)]) {
      expect(() => label(text)).toThrow('1 to 200 characters');
    }
  });

  it('takes a limit in whole numbers', () => {
    expect(limit('100000')).toBe(100_000);
    for (const text of ['0', '-1', '1.5', '1e3', '100001', 'all', '']) {
      expect(() => limit(text)).toThrow('whole number');
    }
  });
});
