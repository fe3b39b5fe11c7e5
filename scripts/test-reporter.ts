import { writeFileSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';
import { countResults } from './test-results.js';

/** Vitest loads a reporter by path and takes its default export: the one place that needs one. */
export default class CountingReporter implements Reporter {
  onTestRunEnd(modules: ReadonlyArray<TestModule>, unhandledErrors: ReadonlyArray<unknown>): void {
    const file = process.env.TEST_RESULT_FILE;
    if (file) writeFileSync(file, JSON.stringify(countResults(modules, unhandledErrors.length)));
  }
}
