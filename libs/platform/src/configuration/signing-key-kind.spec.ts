import { describe, expect, it } from 'vitest';
import { ValueRefused } from './kind.js';
import { signingKeyList } from './signing-key-kind.js';

const A = 'a'.repeat(32);
const B = 'b:='.repeat(11);

function reasonAgainst(text: string): string {
  try {
    signingKeyList.parse(text);
  } catch (error) {
    if (error instanceof ValueRefused) return error.reason ?? '';
    throw error;
  }
  throw new Error('it was accepted');
}

describe('signing keys', () => {
  it('are read in their order, white space around them left out, colons within a secret kept', () => {
    expect(signingKeyList.parse(`2026-03:${A}`)).toEqual([{ keyId: '2026-03', secret: A }]);
    expect(signingKeyList.parse(` b_1.x:${B} , a:${A}`)).toEqual([
      { keyId: 'b_1.x', secret: B },
      { keyId: 'a', secret: A },
    ]);
  });

  it.each([
    ['', 'no id'],
    [A, 'no id'],
    [`:${A}`, 'no id'],
    [`a b:${A}`, 'no id'],
    [`${'i'.repeat(65)}:${A}`, 'no id'],
    [`a:${A},`, 'no id'],
    [`a:${A},a:${B}`, 'twice'],
    [`a:${A.slice(1)}`, '31 characters'],
    [`a:${A.slice(1)} `, '31 characters'],
    ['a:', '0 characters'],
  ])('are not "%s"', (text, reason) => {
    expect(reasonAgainst(text)).toContain(reason);
  });

  it('are shown neither whole nor in part, also where id and secret are the wrong way round', () => {
    const secret = 'hunter2-hunter2-hunter2-hunter2-hunter2';
    for (const text of [`${secret}:a`, `a:${A},${secret}:b`, `${secret}`, `a:${A},${secret}`]) {
      expect(reasonAgainst(text)).not.toContain('hunter2');
      expect(signingKeyList.mask?.(text)).toBe(`*** (${text.length} characters)`);
    }
    expect(reasonAgainst(`a:${A},b:short`)).toBe('the secret of key 2 has 5 characters');
  });
});
