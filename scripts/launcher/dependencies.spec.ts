import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dependenciesAreCurrent } from './dependencies.mjs';

const A = { 'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' } };
const NEWER = { 'node_modules/a': { version: '1.0.1', integrity: 'sha512-b' } };
const FOREIGN = { 'node_modules/b': { version: '2.0.0', optional: true } };

let root: string;

const lock = (packages: object): void =>
  writeFileSync(
    join(root, 'package-lock.json'),
    JSON.stringify({ packages: { '': {}, ...packages } }),
  );
const installed = (packages: object): void =>
  writeFileSync(join(root, 'node_modules/.package-lock.json'), JSON.stringify({ packages }));

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'dependencies-'));
  mkdirSync(join(root, 'node_modules'));
  lock(A);
});
afterEach(() => rmSync(root, { recursive: true }));

describe('dependenciesAreCurrent', () => {
  it('is false without an installation, or after one that was broken off', () => {
    expect(dependenciesAreCurrent(root)).toBe(false);
  });

  it('is true when what is installed is what is locked, however it was installed', () => {
    installed(A);
    expect(dependenciesAreCurrent(root)).toBe(true);
  });

  it('is false as soon as another version is locked', () => {
    installed(A);
    expect(dependenciesAreCurrent(root)).toBe(true);
    lock(NEWER);
    expect(dependenciesAreCurrent(root)).toBe(false);
  });

  it('is false when a package is missing, unless it is one for other platforms', () => {
    installed(A);
    lock({ ...A, ...FOREIGN });
    expect(dependenciesAreCurrent(root)).toBe(true);
    lock({ ...A, 'node_modules/c': { version: '3.0.0' } });
    expect(dependenciesAreCurrent(root)).toBe(false);
  });

  it('leaves no mark in an installation that is not current', () => {
    installed(NEWER);
    expect(dependenciesAreCurrent(root)).toBe(false);
    expect(existsSync(join(root, 'node_modules/.installed-lock-digest'))).toBe(false);
  });
});
