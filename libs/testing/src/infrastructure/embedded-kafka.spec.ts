import { describe, expect, it } from 'vitest';
import { drawClusterId } from './embedded-kafka.js';

describe('the id of an embedded cluster', () => {
  it('is drawn again when it begins like an option of a command line', () => {
    // 0xf8 begins with the six bits 62, which base64url writes as "-".
    const drawn = [0xf8, 0xfb, 0x00].map((first) => Buffer.alloc(16).fill(first, 0, 1));
    const sizes: number[] = [];
    const draw = (size: number): Buffer => {
      sizes.push(size);
      return drawn.shift() ?? Buffer.alloc(0);
    };

    expect(drawClusterId(draw)).toBe('AAAAAAAAAAAAAAAAAAAAAA');
    expect(sizes).toEqual([16, 16, 16]);
  });
});
