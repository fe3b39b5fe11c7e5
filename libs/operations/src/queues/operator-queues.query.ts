import type { DataSource } from 'typeorm';
import { foundIn, type Scanned } from '../pages/bounded-scan.js';
import type { Found, PageRequest } from '../pages/page.js';
import type { QueueFilter } from './queue-filter.js';
import {
  HEAD_MESSAGE,
  QUEUE_COLUMNS,
  type QueueRow,
  type QueueView,
  queueView,
} from './queue-view.js';

export interface QueuesOptions {
  /** Whether a queue without a recovery mode of its own probes. */
  readonly probe: boolean;
}

/** Queues whose heads are looked up for one page: each takes some 3 pages of 8 KiB a day of its age. */
const MOST_HEADS = 1_000;

/** What stands in the queue's own row; the table is narrow, so that reading all of it is no matter. */
const FITS = `($3::text IS NULL OR q.status = $3)
       AND ($4::text IS NULL OR q.organization_id = $4)
       AND ($5::uuid IS NULL OR q.application_id = $5)
       AND ($6::text IS NULL OR q.integration_type = $6)
       AND ($7::boolean IS NULL OR (q.paused_at IS NOT NULL) = $7)
       AND ($8::boolean IS NULL OR (q.suspended_at IS NOT NULL) = $8)
       AND ($9::boolean IS NULL OR (q.gave_up_at IS NOT NULL) = $9)
       AND ($10::bigint IS NULL OR q.tail_seq - q.head_seq + 1 >= $10)
       AND ($11::bigint IS NULL OR q.blocked_at <= now() - $11 * interval '1 second')
       AND ($12::bigint IS NULL OR q.head_seq <= q.tail_seq)`;

type PageRow = QueueRow & Scanned;

/** Queues as operators see them. */
export class OperatorQueuesQuery {
  constructor(
    private readonly dataSource: DataSource,
    private readonly options: QueuesOptions,
  ) {}

  async one(integrationId: string): Promise<QueueView | undefined> {
    const [row] = await this.dataSource.query<QueueRow[]>(
      `SELECT ${QUEUE_COLUMNS} FROM integration_queue q ${HEAD_MESSAGE} WHERE q.queue_id = $2`,
      [this.options.probe, integrationId],
    );
    return row && queueView(row);
  }

  /** In the order of their ids, which nothing that happens to a queue changes. */
  async page(filter: QueueFilter, { first, after }: PageRequest): Promise<Found<QueueView>> {
    const limit = filter.headOlderThanSeconds == null ? first + 1 : MOST_HEADS;
    const rows = await this.dataSource.query<PageRow[]>(
      `WITH scanned AS MATERIALIZED (
         SELECT q.queue_id FROM integration_queue q
         WHERE ($2::uuid IS NULL OR q.queue_id > $2) AND ${FITS}
         ORDER BY q.queue_id LIMIT $13
       )
       SELECT (SELECT count(*)::integer FROM scanned) AS scanned,
              (SELECT queue_id FROM scanned ORDER BY queue_id DESC LIMIT 1) AS last, fitting.*
       FROM (SELECT) AS once LEFT JOIN (
         SELECT ${QUEUE_COLUMNS}
         FROM scanned s JOIN integration_queue q ON q.queue_id = s.queue_id ${HEAD_MESSAGE}
         WHERE $12::bigint IS NULL OR head.waiting_since <= now() - $12 * interval '1 second'
         ORDER BY q.queue_id LIMIT $14
       ) AS fitting ON true
       ORDER BY fitting."integrationId"`,
      [this.options.probe, after ?? null, ...values(filter), limit, first + 1],
    );
    const { rows: fitting, stoppedAt } = foundIn(rows, (row) => row.integrationId !== null, limit);
    return { rows: fitting.map(queueView), stoppedAt };
  }
}

const values = (filter: QueueFilter): unknown[] => [
  filter.status ?? null,
  filter.organizationId ?? null,
  filter.applicationId ?? null,
  filter.integrationType ?? null,
  filter.paused ?? null,
  filter.suspended ?? null,
  filter.gaveUp ?? null,
  filter.minDepth ?? null,
  filter.blockedForSeconds ?? null,
  filter.headOlderThanSeconds ?? null,
];
