import { describe, expect, it } from 'vitest';
import { type Cell, record, table } from './report.js';

describe('record', () => {
  it('writes a line for each field and a paragraph for each sentence', () => {
    expect(record({ id: 'a', last: null }, 'Done.')).toBe('id: a\nlast: -\n\nDone.');
  });
});

describe('table', () => {
  const columns = [
    ['name', (row: readonly Cell[]) => row[0]],
    ['what', (row: readonly Cell[]) => row[1]],
  ] as const;

  it('aligns its columns', () => {
    const rows: Cell[][] = [
      ['a', new Date(0)],
      ['longer', ['b', 'c']],
      ['zero', 0],
    ];
    expect(table(rows, columns, 'None.').split('\n')).toEqual([
      'NAME    WHAT',
      'a       1970-01-01T00:00:00.000Z',
      'longer  b,c',
      'zero    0',
    ]);
  });

  it('is a sentence when there is nothing to show', () => {
    expect(table([], columns, 'None.')).toBe('None.');
  });

  it('keeps what producers and receivers wrote from steering the terminal', () => {
    const lines = table([['\u001b[2J', 'a\nb\u009b1m']], columns, 'None.').split('\n');
    expect(lines).toEqual(['NAME  WHAT', '\ufffd[2J  a\ufffdb\ufffd1m']);
  });
});
