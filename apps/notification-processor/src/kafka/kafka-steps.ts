import { channel } from 'node:diagnostics_channel';

/** Told around a chunk of records, for tests that end the process there (as QUEUE_STEPS of libs/queue are). */
export const KAFKA_STEPS = {
  recordsRead: channel('webhooks:records.read'),
  offsetsResolved: channel('webhooks:offsets.resolved'),
  offsetsCommitted: channel('webhooks:offsets.committed'),
} as const;
