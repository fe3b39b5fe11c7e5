import { describe, expect, it } from 'vitest';
import { Output } from './output.js';

function written(isTTY: boolean, environment: Record<string, string>): string {
  let text = '';
  const output = new Output({ isTTY, write: (part: string) => (text += part) }, environment);
  output.line(output.paint('red', 'BLOCKED'));
  return text;
}

describe('the output', () => {
  it('is coloured on a terminal', () => {
    expect(written(true, {})).toBe('\u001b[31mBLOCKED\u001b[0m\n');
  });

  it('is plain in a pipe, and on a terminal with NO_COLOR', () => {
    expect(written(false, {})).toBe('BLOCKED\n');
    expect(written(true, { NO_COLOR: '1' })).toBe('BLOCKED\n');
  });
});
