import { setTimeout as delay } from 'node:timers/promises';
import type { KafkaRecord } from '@app/events';
import type { EachBatchPayload } from 'kafkajs';
import { KAFKA_STEPS } from './kafka-steps.js';
import { toKafkaRecord } from './kafka-record-reader.js';
import type { TransportLoggerInterface } from './transport-logger.interface.js';

/** Resolves when the records are safe in the database; rejects when the trouble is ours. */
export type RecordsHandler = (records: readonly KafkaRecord[]) => Promise<void>;

export interface BatchHandlingOptions {
  /** Most records that are given to the handler at once. */
  readonly batchSize: number;
  readonly topicPrefix: string;
  readonly heartbeatIntervalMs: number;
  readonly logger: TransportLoggerInterface;
  /** Aborted when the server closes: ends a pause between two tries at once. */
  readonly closing: AbortSignal;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

/**
 * How long a single try of a handler is covered by heartbeats: the rebalance timeout, after which
 * the group gives the partitions to somebody else anyway. A handler that hangs longer loses its
 * session, so that another replica takes over and the watchdog sees the silence.
 */
const HANDLER_PATIENCE_MS = 60_000;

/**
 * Feeds one fetched batch of one partition to a handler, chunk by chunk.
 *
 * The offset of a chunk is resolved, and so may be committed, only after its handler resolved. A
 * handler's rejection is our own trouble (a record that is the producer's fault never rejects): the
 * chunk is tried again in place, for ever, with heartbeats, because throwing it at kafkajs would
 * crash the consumer out of its group and rebalance every replica for a database that is away for
 * ten seconds. It returns early, with the rest unresolved, when the consumer stops; a rebalance
 * shows as the rejection of a heartbeat and is thrown for kafkajs to act on.
 */
export async function handleBatch(
  payload: EachBatchPayload,
  handler: RecordsHandler,
  options: BatchHandlingOptions,
): Promise<void> {
  const { messages, partition } = payload.batch;
  const topic = payload.batch.topic.slice(options.topicPrefix.length);
  for (let start = 0; start < messages.length; start += options.batchSize) {
    if (!mayContinue(payload)) return;
    const chunk = messages.slice(start, start + options.batchSize);
    const records = chunk.map((message) => toKafkaRecord(topic, partition, message));
    KAFKA_STEPS.recordsRead.publish(records);
    if (!(await tryUntilHandled(payload, records, handler, options))) return;

    // Not one line earlier: the handler's promise is the database commit.
    const last = chunk.at(-1);
    if (last !== undefined) payload.resolveOffset(last.offset);
    KAFKA_STEPS.offsetsResolved.publish(last);
    await payload.heartbeat();
    await payload.commitOffsetsIfNecessary();
    KAFKA_STEPS.offsetsCommitted.publish(last);
  }
}

async function tryUntilHandled(
  payload: EachBatchPayload,
  records: readonly KafkaRecord[],
  handler: RecordsHandler,
  options: BatchHandlingOptions,
): Promise<boolean> {
  for (let attempt = 1; ; attempt++) {
    try {
      await withHeartbeats(payload, options.heartbeatIntervalMs, () => handler(records));
      return true;
    } catch (error) {
      const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** (attempt - 1), LONGEST_PAUSE_MS);
      options.logger.error('batch.failed', {
        topic: records[0]?.topic,
        partition: records[0]?.partition,
        firstOffset: records[0]?.offset,
        records: records.length,
        attempt,
        retryInMs: pauseMs,
        error,
      });
      await pause(pauseMs, options.closing);
    }
    if (!mayContinue(payload)) return false;
    await payload.heartbeat();
    // Chunks before this one are done: their offsets need not wait for the end of the trouble.
    await payload.commitOffsetsIfNecessary();
  }
}

function mayContinue(payload: EachBatchPayload): boolean {
  return payload.isRunning() && !payload.isStale();
}

/**
 * Keeps the session alive while a handler waits, for example for a lock. A failed beat is not lost:
 * the heartbeat that follows every try meets the same answer, and that one is thrown.
 */
async function withHeartbeats(
  payload: EachBatchPayload,
  intervalMs: number,
  work: () => Promise<void>,
): Promise<void> {
  const until = Date.now() + HANDLER_PATIENCE_MS;
  const timer = setInterval(() => {
    if (Date.now() < until) payload.heartbeat().catch(() => undefined);
  }, intervalMs);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
}

async function pause(milliseconds: number, closing: AbortSignal): Promise<void> {
  await delay(milliseconds, undefined, { signal: closing }).catch(() => undefined);
}
