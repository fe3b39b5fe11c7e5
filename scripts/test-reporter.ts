import { writeFileSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';
import { countResults } from './test-results.js';

// oxlint-disable-next-line import/no-default-export -- vitest takes a reporter's default export.
export default class CountingReporter implements Reporter {
  onTestRunEnd(modules: ReadonlyArray<TestModule>, unhandledErrors: ReadonlyArray<unknown>): void {
    const file = process.env.TEST_RESULT_FILE;
    if (file) writeFileSync(file, JSON.stringify(countResults(modules, unhandledErrors.length)));
  }
}
