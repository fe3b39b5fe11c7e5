/** The little of vitest's tree of results that counts. */
export interface ResultTree {
  errors(): ReadonlyArray<unknown>;
  children: {
    allTests(): Iterable<{ result(): { state: string } }>;
    allSuites(): Iterable<{ errors(): ReadonlyArray<unknown> }>;
  };
}

export interface TestCounts {
  passed: number;
  failed: number;
}

/**
 * Everything that went wrong counts as one failure: a test, a file that did not load, a hook of a suite,
 * an error nobody caught, a test that never got to run because the run was broken off. Skipped tests
 * count as neither; those below a failed hook are told by the hook.
 */
export function countResults(modules: Iterable<ResultTree>, unhandledErrors: number): TestCounts {
  const counts = { passed: 0, failed: unhandledErrors };
  for (const module of modules) {
    counts.failed += module.errors().length;
    for (const suite of module.children.allSuites()) counts.failed += suite.errors().length;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === 'passed') counts.passed++;
      if (state === 'failed' || state === 'pending') counts.failed++;
    }
  }
  return counts;
}

/** A run in which nothing was tested has not succeeded. */
export function exitCodeOf({ passed, failed }: TestCounts, vitestExitCode: number): number {
  return failed > 0 || passed === 0 ? 1 : vitestExitCode;
}

/** Vitest ended badly although no test did: that is a failure, too. */
export function withVitestFailure(counts: TestCounts | undefined, exitCode: number): TestCounts {
  if (!counts) return { passed: 0, failed: 1 };
  if (exitCode !== 0 && counts.failed === 0 && counts.passed > 0) return { ...counts, failed: 1 };
  return counts;
}
