import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MUTATIONS } from './mutations.js';

describe.each(MUTATIONS)('the mutation $name', ({ edits }) => {
  it.each(edits)('finds what it changes in $file once', ({ file, from }) => {
    const source = readFileSync(join(import.meta.dirname, '..', '..', file), 'utf8');
    expect(source.split(from)).toHaveLength(2);
  });
});
