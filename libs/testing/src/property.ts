import type { Arbitrary } from 'fast-check';

/** Of each property: enough to meet what a person would not think of, and a matter of seconds. */
const CASES = 10_000;

/** For a test of a property, in ms: what takes this long does not end. */
export const PROPERTY_TIMEOUT_MS = 60_000;

/**
 * Judges 10,000 values, one after the other. The first that `judge` throws for, or does not come to an end
 * with, fails the test, made as small as it can be; the failure names the seed by which it comes again.
 */
export async function expectForAll<T>(
  values: Arbitrary<T>,
  judge: (value: T) => void | Promise<void>,
  cases = CASES,
): Promise<void> {
  // Loaded late, because scripts and the demonstration import this lib without wanting it.
  const { assert, asyncProperty } = await import('fast-check');
  const property = asyncProperty(values, async (value) => judge(value));
  await assert(property, { numRuns: cases });
}
