import { describe, expect, it } from 'vitest';
import { prettyLine } from './pretty-line.js';

describe('prettyLine', () => {
  it('puts the words in order and quotes only what needs it', () => {
    const line = prettyLine(
      JSON.stringify({
        level: 'warn',
        time: '2026-01-02T03:04:05.678Z',
        component: 'QueueProcessor',
        event: 'queue.blocked',
        depth: 3,
        reason: 'no answer',
        kind: 'timed_out',
      }),
    );
    expect(line).toBe(
      '03:04:05.678 WARN  QueueProcessor queue.blocked depth=3 reason="no answer" kind=timed_out\n',
    );
  });

  it('passes on what is no JSON object', () => {
    expect(prettyLine('plain\n')).toBe('plain\n');
    expect(prettyLine('7\n')).toBe('7\n');
  });
});
