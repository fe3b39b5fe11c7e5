import { describe, expect, it } from 'vitest';
import { parseRequest, SPOILS, USAGE } from './demo-options.js';

describe('the options of the demonstration', () => {
  it('runs to its end and spoils nothing when nothing is asked for', () => {
    expect(parseRequest([])).toEqual({ kind: 'run', options: { stay: false, spoil: undefined } });
  });

  it.each(Object.keys(SPOILS))('takes --spoil %s, and explains it', (spoil) => {
    expect(parseRequest(['--stay', '--spoil', spoil])).toEqual({
      kind: 'run',
      options: { stay: true, spoil },
    });
    expect(USAGE).toContain(`${spoil} `);
  });

  it.each([[['--nonsense']], [['--spoil', 'toString']], [['--spoil']], [['word']]])(
    'refuses %j with a reason',
    (args) => {
      expect(parseRequest(args)).toEqual({ kind: 'refused', reason: expect.stringMatching(/\w+/) });
    },
  );
});
