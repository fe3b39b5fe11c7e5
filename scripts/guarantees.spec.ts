import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { VERDICT_KINDS } from '@app/testing';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const TEXT = readFileSync(join(ROOT, 'docs', 'GUARANTEES.md'), 'utf8');

const sources = ['apps', 'libs', 'chaos'].flatMap((directory) =>
  readdirSync(join(ROOT, directory), { recursive: true, encoding: 'utf8' }).map((file) =>
    basename(file),
  ),
);

const quoted = (pattern: RegExp): string[] =>
  [...TEXT.matchAll(pattern)].map(([, name = '']) => name);

describe('the guarantees', () => {
  it('name specs that are there', () => {
    const specs = quoted(/`([a-z-]+\.spec\.ts)`/g);
    expect(specs.length).toBeGreaterThan(15);
    expect(specs.filter((spec) => !sources.includes(spec))).toEqual([]);
  });

  it('name verdicts that the verifier gives', () => {
    const verdicts = quoted(/`([a-z]+(?:_[a-z]+)+|lost|overtaken|overlap)`/g);
    expect(verdicts.length).toBeGreaterThan(10);
    expect(verdicts.filter((name) => !Object.hasOwn(VERDICT_KINDS, name))).toEqual([]);
  });
});
