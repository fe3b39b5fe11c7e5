import { FAILURE_CODES } from '@app/delivery';
import { DEAD_LETTER_REASONS, ORGANIZATION_TOPICS } from '@app/events';
import { beforeEach, describe, expect, it } from 'vitest';
import { Metrics } from './metrics.js';
import { PipelineMetrics } from './pipeline-metrics.js';

let metrics: Metrics;
let pipeline: PipelineMetrics;

beforeEach(() => {
  metrics = new Metrics();
  pipeline = new PipelineMetrics(metrics);
});

/** Name and labels → value, of what this service counts. */
async function scraped(): Promise<ReadonlyMap<string, number>> {
  const lines = (await metrics.text()).split('\n').filter((line) => line.startsWith('webhooks_'));
  return new Map(
    lines.map((line) => {
      const at = line.lastIndexOf(' ');
      return [line.slice(0, at), Number(line.slice(at + 1))];
    }),
  );
}

const BATCH = { records: 3, messages: 5, duplicates: 2, deadLetters: {}, durationMs: 30 };

describe('the metrics of the pipeline', () => {
  it('begin at 0 for every topic, reason and outcome that there is', async () => {
    const series = await scraped();
    const expected = [
      ...ORGANIZATION_TOPICS.map((topic) => `records_consumed_total{topic="${topic}"}`),
      ...DEAD_LETTER_REASONS.map((reason) => `dead_letters_total{reason="${reason}"}`),
      ...['delivered', 'discarded', ...FAILURE_CODES].map(
        (outcome) => `deliveries_total{outcome="${outcome}"}`,
      ),
      'leases_lost_total{how="fenced"}',
      'leases_lost_total{how="too_short"}',
    ];
    for (const name of expected) expect(series.get(`webhooks_${name}`), name).toBe(0);
    expect(series.size).toBeLessThan(150);
  });

  it('count a batch', async () => {
    pipeline.consumed('order.created', 3);
    pipeline.enqueued({ ...BATCH, deadLetters: { tombstone: 2, not_json: 1 } });
    pipeline.enqueued(BATCH);
    expect(Object.fromEntries(await scraped())).toMatchObject({
      'webhooks_records_consumed_total{topic="order.created"}': 3,
      'webhooks_records_consumed_total{topic="order.updated"}': 0,
      webhooks_messages_enqueued_total: 10,
      webhooks_messages_duplicate_total: 4,
      'webhooks_dead_letters_total{reason="tombstone"}': 2,
      'webhooks_dead_letters_total{reason="not_json"}': 1,
      'webhooks_enqueue_batch_records_bucket{le="2"}': 0,
      'webhooks_enqueue_batch_records_bucket{le="5"}': 2,
      webhooks_enqueue_batch_records_sum: 6,
      'webhooks_enqueue_duration_seconds_bucket{le="0.025"}': 0,
      'webhooks_enqueue_duration_seconds_bucket{le="0.05"}': 2,
      webhooks_enqueue_duration_seconds_sum: 0.06,
    });
  });

  it('count deliveries in seconds; what ran into the deadline is beyond the last bucket', async () => {
    pipeline.settled('delivered', 40, 3);
    pipeline.settled('timeout_response', 10_002, 3);
    pipeline.settled('discarded', undefined, 3);
    pipeline.leaseLost('fenced');
    expect(Object.fromEntries(await scraped())).toMatchObject({
      'webhooks_deliveries_total{outcome="delivered"}': 1,
      'webhooks_deliveries_total{outcome="timeout_response"}': 1,
      'webhooks_deliveries_total{outcome="discarded"}': 1,
      'webhooks_attempt_duration_seconds_bucket{le="0.05"}': 1,
      'webhooks_attempt_duration_seconds_bucket{le="10"}': 1,
      'webhooks_attempt_duration_seconds_bucket{le="+Inf"}': 2,
      webhooks_settle_duration_seconds_count: 3,
      'webhooks_settle_duration_seconds_bucket{le="0.0025"}': 0,
      'webhooks_settle_duration_seconds_bucket{le="0.005"}': 3,
      'webhooks_leases_lost_total{how="fenced"}': 1,
      'webhooks_leases_lost_total{how="too_short"}': 0,
    });
  });
});
