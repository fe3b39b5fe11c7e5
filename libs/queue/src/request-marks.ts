import type { QueueMessage } from './queue-lease.js';

/** On the requests of test events, and on no other: custom headers may not begin like it. */
export const TEST_HEADER = 'x-happycolis-test';

/** What the request for a message carries besides the headers of its webhook. */
export function marksOf({
  origin,
}: Pick<QueueMessage, 'origin'>): Readonly<Record<string, string>> {
  return origin === 'test' ? { [TEST_HEADER]: 'true' } : {};
}
