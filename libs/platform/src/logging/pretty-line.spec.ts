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

  it('lets nothing from outside act on a terminal', () => {
    const line = prettyLine(
      JSON.stringify({
        level: 'info',
        time: '2026-01-02T03:04:05.678Z',
        event: 'line.written',
        message: 'said "\u001b[31mred"',
        name: '\u001b[2J',
        turned: 'a\u202eb',
        split: 'a\u2028b',
        fine: 'müller-söhne',
      }),
    );
    expect(line).toBe(
      '03:04:05.678 INFO  line.written said "\\u001b[31mred" ' +
        'name="\\u001b[2J" turned="a\\u202eb" split="a\\u2028b" fine=müller-söhne\n',
    );
  });

  it('passes on what is no JSON object', () => {
    expect(prettyLine('plain\n')).toBe('plain\n');
    expect(prettyLine('7\n')).toBe('7\n');
  });
});
