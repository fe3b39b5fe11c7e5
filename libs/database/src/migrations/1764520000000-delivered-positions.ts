import type { MigrationInterface, QueryRunner } from 'typeorm';
import { ForwardOnlyMigrationError } from '../database.errors.js';
import { HEAD_COLUMNS, HEADS, NO_HEAD, SETTLE } from './1764300000002-queue-recovery.js';
import {
  CLAIM,
  ENQUEUE,
  MESSAGE_COLUMNS,
  QUEUE_RUN,
  RECORD,
} from './1764500000000-delivery-runs.js';
import { but } from './changed-function.js';

/**
 * What was delivered last to each webhook, so that a request can name it and a receiver can see what it
 * missed (ADR 36). The functions of the hot path are as before, but for what stands here. Replicas of
 * the version before go on with them: they call them with the same arguments and pass over the new columns.
 */
export class DeliveredPositions1764520000000 implements MigrationInterface {
  readonly name = 'DeliveredPositions1764520000000';

  async up(runner: QueryRunner): Promise<void> {
    const parts = [
      POSITIONS,
      SKIPPED,
      ...DROPPED,
      RUN,
      HEADS_OF,
      ENQUEUE_TELLS,
      CLAIM_TELLS,
      RECORD_KEEPS,
    ];
    for (const sql of [...parts, SETTLE_KEEPS, PLANNED_ONCE]) await runner.query(sql);
  }

  down(): Promise<void> {
    throw new ForwardOnlyMigrationError(this.name);
  }
}

/** From where a function is made on: what was dropped before it was made is dropped already. */
const made = (sql: string): string => sql.slice(sql.indexOf('CREATE FUNCTION'));

/**
 * Of a webhook that is there already: what its attempts say; nothing (NULL) where they say nothing, or
 * where something of it went to another endpoint, which only its message tells. Webhooks that are made later
 * have no row until something was delivered to them.
 */
const POSITIONS = `
CREATE TABLE webhook_position (
  webhook_id uuid PRIMARY KEY,
  delivered_seq bigint
) WITH (fillfactor = 50);
COMMENT ON COLUMN webhook_position.delivered_seq IS
  'Position of the message that was delivered last to the endpoint of the webhook; NULL: not known';
INSERT INTO webhook_position (webhook_id, delivered_seq)
SELECT w.id, CASE WHEN w.id NOT IN (
    SELECT m.webhook_id FROM integration_queue_message m WHERE m.origin <> 'event' AND m.end_point IS NOT NULL)
  THEN (SELECT max(a.seq) FROM delivery_attempt a WHERE a.webhook_id = w.id AND a.outcome = 'delivered') END
FROM integration_webhook w;
`;

/**
 * Positions of a webhook between what was delivered last and a message, all of them set aside; so many
 * that 64 ranges can be made of most. An index look-up, and only where the queue had any set aside there.
 */
const SKIPPED = `
CREATE FUNCTION skipped_seqs(q integration_queue, p_webhook uuid, p_after bigint, p_before bigint) RETURNS bigint[]
LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN q.set_aside_seq > p_after THEN ARRAY(
    SELECT s.seq FROM set_aside_message s
    WHERE s.queue_id = q.queue_id AND s.seq > p_after AND s.seq < p_before AND s.webhook_id = p_webhook
    ORDER BY s.seq LIMIT 1000) END
$$`;

/** What a function returns cannot be changed in place. */
const DROPPED = [
  `DROP FUNCTION record_deliveries(uuid[], bigint[], integer[], integer[], boolean[], bigint[], integer[], integer[], bigint[],
     integer[], uuid[], uuid[], float8[], integer[], text[], integer[], interval)`,
  `DROP FUNCTION settle_attempts(uuid[], bigint[], bigint[], integer[], uuid[], integer[], integer[], text[], integer[],
     text[], text[], bytea[], interval[], boolean[], interval, uuid[], interval, integer, real, real, real, boolean)`,
  'DROP FUNCTION claim_queues(uuid[], text, interval, boolean, integer)',
  'DROP FUNCTION queue_heads(uuid[])',
  'DROP FUNCTION queue_run(integration_queue, bigint, integer)',
];

const COLUMNS = ', previous_seq bigint, skipped bigint[], elsewhere boolean';

/** `p`: a row of webhook_position, which is missing where nothing was delivered yet. */
const TOLD = `, CASE WHEN p.webhook_id IS NULL THEN 0 ELSE p.delivered_seq END,
         skipped_seqs(q, m.webhook_id, CASE WHEN p.webhook_id IS NULL THEN 0 ELSE p.delivered_seq END, m.seq),
         m.end_point IS NOT NULL`;

const OF_WEBHOOK = `LEFT JOIN LATERAL (SELECT * FROM webhook_position p WHERE p.webhook_id = m.webhook_id OFFSET 0) p ON true`;

const WEBHOOK = `CROSS JOIN LATERAL (SELECT * FROM integration_webhook w WHERE w.id = m.webhook_id OFFSET 0) w`;

const TOLD_COLUMNS = [MESSAGE_COLUMNS, `${MESSAGE_COLUMNS}${COLUMNS}`] as const;

const RUN = but(
  QUEUE_RUN,
  TOLD_COLUMNS,
  ['m.origin, m.trace_parent\n', `m.origin, m.trace_parent${TOLD}\n`],
  [WEBHOOK, `${WEBHOOK}\n  ${OF_WEBHOOK}`],
);

const HEADS_OF = but(
  HEADS,
  [HEAD_COLUMNS, `${HEAD_COLUMNS}${COLUMNS}`],
  ['q.backoff_min_ms, q.backoff_max_ms\n', `q.backoff_min_ms, q.backoff_max_ms${TOLD}\n`],
  [WEBHOOK, `${WEBHOOK}\n  ${OF_WEBHOOK}`],
);

/** The lease that comes with an enqueue has the messages from its caller, and of the webhooks what it needs to know. */
const ENQUEUE_TELLS = but(made(ENQUEUE), [
  `'removed', w.removed_at IS NOT NULL))
              FROM integration_webhook w WHERE`,
  `'removed', w.removed_at IS NOT NULL,
                                                'previous', CASE WHEN p.webhook_id IS NULL THEN 0 ELSE p.delivered_seq END::text,
                                                'skipped', skipped_seqs(q, w.id, CASE WHEN p.webhook_id IS NULL THEN 0
                                                             ELSE p.delivered_seq END, q.head_seq)::text[]))
              FROM integration_webhook w
              LEFT JOIN LATERAL (SELECT * FROM webhook_position p WHERE p.webhook_id = w.id OFFSET 0) p ON true
              WHERE`,
]).replace('CREATE FUNCTION', 'CREATE OR REPLACE FUNCTION');

const CLAIM_TELLS = but(made(CLAIM), TOLD_COLUMNS);

/** p_elsewhere: what went to another endpoint than that of its webhook is no part of what that one gets. */
const RECORD_KEEPS = but(
  RECORD,
  TOLD_COLUMNS,
  ['p_lease interval)', 'p_lease interval, p_elsewhere boolean[] DEFAULT NULL)'],
  [
    '  RETURN QUERY\n  WITH advanced',
    `  INSERT INTO webhook_position AS p (webhook_id, delivered_seq)
  SELECT d.webhook_id, max(d.seq)
  FROM unnest(p_of, p_seq, p_webhook, p_outcome, p_elsewhere)
    AS d (n, seq, webhook_id, outcome, elsewhere)
  JOIN integration_queue q ON q.queue_id = p_queue[d.n] AND q.lease_token = p_token[d.n] AND q.head_seq <= d.seq
  WHERE d.outcome = 'delivered' AND d.elsewhere IS NOT TRUE
  GROUP BY d.webhook_id
  ON CONFLICT (webhook_id) DO UPDATE SET delivered_seq = excluded.delivered_seq;
  RETURN QUERY
  WITH advanced`,
  ],
);

const SETTLE_KEEPS = but(
  SETTLE,
  [
    'p_probe boolean DEFAULT true)',
    'p_probe boolean DEFAULT true, p_elsewhere boolean[] DEFAULT NULL)',
  ],
  [HEAD_COLUMNS, `${HEAD_COLUMNS}${COLUMNS}`],
  [NO_HEAD, `${NO_HEAD}, NULL::bigint, NULL::bigint[], NULL::boolean`],
  [
    '  ), noticed AS (',
    `  ), positioned AS (
    INSERT INTO webhook_position AS p (webhook_id, delivered_seq)
    SELECT s.webhook_id, s.seq FROM settled s
    JOIN unnest(p_queue, p_elsewhere) AS e (queue_id, elsewhere) ON e.queue_id = s.queue_id
    WHERE s.outcome = 'delivered' AND e.elsewhere IS NOT TRUE
    ON CONFLICT (webhook_id) DO UPDATE SET delivered_seq = excluded.delivered_seq
  ), noticed AS (`,
  ],
);

/** As before, see DeliveryRuns1764500000000. */
const PLANNED_ONCE = [
  'claim_queues(uuid[], text, interval, boolean, integer)',
  `settle_attempts(uuid[], bigint[], bigint[], integer[], uuid[], integer[], integer[], text[], integer[], text[],
     text[], bytea[], interval[], boolean[], interval, uuid[], interval, integer, real, real, real, boolean, boolean[])`,
  `record_deliveries(uuid[], bigint[], integer[], integer[], boolean[], bigint[], integer[], integer[], bigint[], integer[],
     uuid[], uuid[], float8[], integer[], text[], integer[], interval, boolean[])`,
]
  .map((name) => `ALTER FUNCTION ${name} SET plan_cache_mode = force_generic_plan;`)
  .join('\n');
