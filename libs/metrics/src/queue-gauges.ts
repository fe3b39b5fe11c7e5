import type { QueueTotals } from '@app/queue';
import type { Collections } from './collections.js';
import type { Description, Metrics } from './metrics.js';

/** The statement reads the whole queue table: some 80 ms with 100,000 queues that all wait. */
const COLLECTION = { maxAgeMs: 10_000, limitMs: 2_000 };

const SAME = 'The same on every replica: use max().';

const GAUGES: readonly (Description & { readonly of: (totals: QueueTotals) => number })[] = [
  {
    name: 'webhooks_queues_suspended',
    help: `Queues of suspended applications. ${SAME}`,
    of: ({ suspended }) => suspended,
  },
  {
    name: 'webhooks_queues_paused',
    help: `Queues that an operator paused. ${SAME}`,
    of: ({ paused }) => paused,
  },
  {
    name: 'webhooks_queues_given_up',
    help: `Blocked queues that are not tried any more until somebody intervenes. ${SAME}`,
    of: ({ givenUp }) => givenUp,
  },
  {
    name: 'webhooks_messages_waiting',
    help: `Messages that are not delivered yet, over all queues. ${SAME}`,
    of: ({ waiting }) => waiting,
  },
  {
    name: 'webhooks_longest_blocked_seconds',
    help: `How long the longest blocked queue has been blocked; 0 without any. ${SAME}`,
    of: ({ longestBlockedSeconds }) => longestBlockedSeconds,
  },
  {
    name: 'webhooks_oldest_head_age_seconds',
    help: `Age of the oldest message at the head of a queue, 0 where none waits; with over 500 waiting queues it is at least this old. ${SAME}`,
    of: ({ oldestHeadSeconds }) => oldestHeadSeconds,
  },
  {
    name: 'webhooks_oldest_sendable_head_age_seconds',
    help: `As webhooks_oldest_head_age_seconds, over queues that wait for nothing but their turn: HEALTHY, neither suspended nor paused, no backlog that drains at a pace. ${SAME}`,
    of: ({ oldestSendableHeadSeconds }) => oldestSendableHeadSeconds,
  },
];

/** What waits in the database, read at a scrape. */
export function addQueueGauges(
  metrics: Metrics,
  collections: Collections,
  query: { execute(): Promise<QueueTotals> },
): void {
  const read = collections.of('queues', () => query.execute(), COLLECTION);
  metrics.gauges(
    { name: 'webhooks_queues', help: `Queues by status. ${SAME}` },
    'status',
    async () => {
      const totals = await read();
      return (
        totals && new Map(Object.entries({ HEALTHY: totals.healthy, BLOCKED: totals.blocked }))
      );
    },
  );
  for (const { of, ...description } of GAUGES) {
    metrics.gauge(description, async () => {
      const totals = await read();
      return totals && of(totals);
    });
  }
}
