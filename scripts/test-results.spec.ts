import { describe, expect, it } from 'vitest';
import { countResults, exitCodeOf, withVitestFailure, type ResultTree } from './test-results.js';

function file(states: string[], errors = 0, suiteErrors = 0): ResultTree {
  return {
    errors: () => Array.from({ length: errors }),
    children: {
      allTests: () => states.map((state) => ({ result: () => ({ state }) })),
      allSuites: () => [{ errors: () => Array.from({ length: suiteErrors }) }],
    },
  };
}

describe('countResults', () => {
  it('counts passed and failed tests of all files', () => {
    const files = [file(['passed', 'failed']), file(['passed', 'skipped'])];
    expect(countResults(files, 0)).toEqual({ passed: 2, failed: 1 });
  });

  it.each([
    ['a file that did not load', file([], 1), 0],
    ['a hook that failed', file(['skipped'], 0, 1), 0],
    ['a test that never ran because the run was broken off', file(['pending']), 0],
    ['an error that nobody caught', file([]), 1],
  ])('counts %s as a failure', (_what, tree, unhandled) => {
    expect(countResults([tree], unhandled)).toEqual({ passed: 0, failed: 1 });
  });
});

describe('the exit code', () => {
  it.each([
    [{ passed: 3, failed: 0 }, 0, 0],
    [{ passed: 3, failed: 1 }, 0, 1],
    [{ passed: 0, failed: 0 }, 0, 1],
    [{ passed: 3, failed: 0 }, 130, 130],
  ])('of %j with vitest ending in %i is %i', (counts, vitest, code) => {
    expect(exitCodeOf(counts, vitest)).toBe(code);
  });

  it('is never that of success when vitest ended badly or told nothing', () => {
    expect(withVitestFailure(undefined, 0)).toEqual({ passed: 0, failed: 1 });
    expect(withVitestFailure({ passed: 3, failed: 0 }, 1)).toEqual({ passed: 3, failed: 1 });
    expect(withVitestFailure({ passed: 3, failed: 0 }, 0)).toEqual({ passed: 3, failed: 0 });
  });
});
