import type { DataSource } from 'typeorm';
import { foundIn, type Scanned } from '../pages/bounded-scan.js';
import type { Found, PageRequest } from '../pages/page.js';

/** Which actions; what is left out does not matter. */
export interface AuditFilter {
  readonly actor?: string | null;
  readonly action?: string | null;
  readonly integrationId?: string | null;
  readonly after?: Date | null;
  readonly before?: Date | null;
}

/** Who did what to what, when, why, and what it was before and after. */
export interface ActionView {
  readonly id: string;
  readonly actedAt: Date;
  readonly actor: string;
  readonly action: string;
  readonly integrationId: string | null;
  readonly target: unknown;
  readonly reason: string | null;
  readonly requestId: string | null;
  readonly before: unknown;
  readonly after: unknown;
  readonly result: unknown;
}

/** Actions that are looked through for one page. */
const MOST_SCANNED = 10_000;

const COLUMNS = `a.id::text AS id, a.acted_at AS "actedAt", a.actor, a.action,
  a.queue_id AS "integrationId", a.target, a.reason, a.request_id AS "requestId", a.before, a.after, a.result`;

/** What operators did, the newest first. */
export class AuditLogQuery {
  constructor(private readonly dataSource: DataSource) {}

  async page(filter: AuditFilter, { first, after }: PageRequest): Promise<Found<ActionView>> {
    const rows = await this.dataSource.query<(ActionView & Scanned)[]>(
      `WITH scanned AS MATERIALIZED (
         SELECT a.id, ($3::text IS NULL OR a.actor = $3) AND ($4::text IS NULL OR a.action = $4)
                AND ($5::timestamptz IS NULL OR a.acted_at >= $5)
                AND ($6::timestamptz IS NULL OR a.acted_at < $6) AS fits
         FROM operator_action a
         WHERE ($1::bigint IS NULL OR a.id < $1) AND ($2::uuid IS NULL OR a.queue_id = $2)
         ORDER BY a.id DESC LIMIT $7
       )
       SELECT (SELECT count(*)::integer FROM scanned) AS scanned,
              (SELECT min(id)::text FROM scanned) AS last, fitting.*
       FROM (SELECT) AS once LEFT JOIN (
         SELECT ${COLUMNS}
         FROM (SELECT id FROM scanned WHERE fits ORDER BY id DESC LIMIT $8) AS s
         JOIN operator_action a ON a.id = s.id
       ) AS fitting ON true
       ORDER BY fitting.id::bigint DESC`,
      [after ?? null, filter.integrationId ?? null, ...values(filter), MOST_SCANNED, first + 1],
    );
    return foundIn(rows, (row) => row.id !== null, MOST_SCANNED);
  }
}

const values = (filter: AuditFilter): unknown[] => [
  filter.actor ?? null,
  filter.action ?? null,
  filter.after ?? null,
  filter.before ?? null,
];
