import { FAILURE_CODES } from '@app/delivery';
import { DEAD_LETTER_REASONS, ORGANIZATION_TOPICS, type OrganizationTopic } from '@app/events';
import type { EnqueuedBatch, LeaseLoss, OutcomeCode, QueueMetricsInterface } from '@app/queue';
import type { Count, Metrics } from './metrics.js';

const MS_PER_SECOND = 1_000;

/** Records in a transaction: 1,000 is where a group commit ends, unless one batch is larger. */
const BATCH_BUCKETS = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500];

const DATABASE_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** Up to the default deadline of 10 s: what is beyond has run into it. */
const ATTEMPT_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

const OUTCOMES: readonly OutcomeCode[] = ['delivered', 'discarded', ...FAILURE_CODES];
const LEASE_LOSSES: readonly LeaseLoss[] = ['fenced', 'too_short'];

/** What goes through this process, from the record to the recorded outcome. */
export class PipelineMetrics implements QueueMetricsInterface {
  private readonly records: Readonly<Record<OrganizationTopic, Count>>;
  private readonly ingest: ReturnType<typeof ingestMetrics>;
  private readonly delivery: ReturnType<typeof deliveryMetrics>;

  constructor(metrics: Metrics) {
    this.records = metrics.counters(
      {
        name: 'webhooks_records_consumed_total',
        help: 'Kafka records whose transaction is committed; one that is read again counts again.',
      },
      { name: 'topic', values: ORGANIZATION_TOPICS },
    );
    this.ingest = ingestMetrics(metrics);
    this.delivery = deliveryMetrics(metrics);
  }

  /** Records of one topic are safe in the database. */
  consumed(topic: OrganizationTopic, records: number): void {
    this.records[topic](records);
  }

  enqueued({ records, messages, duplicates, deadLetters, durationMs }: EnqueuedBatch): void {
    const { ingest } = this;
    ingest.messages(messages);
    ingest.duplicates(duplicates);
    ingest.batchRecords(records);
    ingest.seconds(durationMs / MS_PER_SECOND);
    for (const reason of DEAD_LETTER_REASONS) {
      const count = deadLetters[reason];
      if (count !== undefined) ingest.deadLetters[reason](count);
    }
  }

  settled(outcome: OutcomeCode, attemptMs: number | undefined, settleMs: number): void {
    const { delivery } = this;
    delivery.outcomes[outcome]();
    if (attemptMs !== undefined) delivery.attemptSeconds(attemptMs / MS_PER_SECOND);
    delivery.settleSeconds(settleMs / MS_PER_SECOND);
  }

  leaseLost(how: LeaseLoss): void {
    this.delivery.leaseLosses[how]();
  }
}

function ingestMetrics(metrics: Metrics) {
  return {
    messages: metrics.counter({
      name: 'webhooks_messages_enqueued_total',
      help: 'Messages appended to queues.',
    }),
    duplicates: metrics.counter({
      name: 'webhooks_messages_duplicate_total',
      help: 'Messages that were stored before, because their records were delivered again.',
    }),
    deadLetters: metrics.counters(
      {
        name: 'webhooks_dead_letters_total',
        help: 'Records that could not become a message and were stored as dead letters.',
      },
      { name: 'reason', values: DEAD_LETTER_REASONS },
    ),
    batchRecords: metrics.histogram(
      { name: 'webhooks_enqueue_batch_records', help: 'Records that shared a transaction.' },
      BATCH_BUCKETS,
    ),
    seconds: metrics.histogram(
      {
        name: 'webhooks_enqueue_duration_seconds',
        help: 'From the records of a transaction to its commit, look-ups included.',
      },
      DATABASE_BUCKETS,
    ),
  };
}

function deliveryMetrics(metrics: Metrics) {
  return {
    outcomes: metrics.counters(
      {
        name: 'webhooks_deliveries_total',
        help: 'Recorded outcomes: delivered, the code of a failed attempt, or discarded (nothing was sent).',
      },
      { name: 'outcome', values: OUTCOMES },
    ),
    attemptSeconds: metrics.histogram(
      {
        name: 'webhooks_attempt_duration_seconds',
        help: 'From connecting to the end of the answer, of attempts whose outcome was recorded.',
      },
      ATTEMPT_BUCKETS,
    ),
    settleSeconds: metrics.histogram(
      {
        name: 'webhooks_settle_duration_seconds',
        help: 'What a delivery took besides its attempt: above all recording the outcome.',
      },
      DATABASE_BUCKETS,
    ),
    leaseLosses: metrics.counters(
      {
        name: 'webhooks_leases_lost_total',
        help: 'fenced: an outcome was refused, and its message may be sent again; too_short: nothing was sent.',
      },
      { name: 'how', values: LEASE_LOSSES },
    ),
  };
}
