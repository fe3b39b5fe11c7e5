import { describe, expect, it } from 'vitest';
import { creationsOf, WEBHOOKS_PER_INTEGRATION } from './creations.js';

describe('creationsOf', () => {
  const tokens = ['one', 'two', 'three'];
  const creations = creationsOf(tokens);

  it('is everything that the integrations can have, each of it once', () => {
    const different = new Set(creations.map(({ token, type }) => `${token} ${type}`));
    expect(creations).toHaveLength(tokens.length * WEBHOOKS_PER_INTEGRATION);
    expect(different.size).toBe(creations.length);
  });

  it('goes round the integrations', () => {
    expect(creations.slice(0, 6).map(({ token }) => token)).toEqual([...tokens, ...tokens]);
  });
});
