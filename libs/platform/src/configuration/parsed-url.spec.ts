import { describe, expect, it } from 'vitest';
import { parsedUrl } from './parsed-url.js';

/** V8 has compiled what is called so often. */
const CALLS = 50_000;

describe('a URL', () => {
  it('is read the same however often', () => {
    let refused = 0;
    for (let call = 0; call < CALLS; call += 1) {
      if (parsedUrl('https://bücher.example')?.host !== 'xn--bcher-kva.example') refused += 1;
    }
    expect(refused).toBe(0);
  });

  it('is undefined where the text is none', () => {
    expect(parsedUrl('bücher.example')).toBeUndefined();
  });
});
