import type { DataSource } from 'typeorm';
import { foundIn, type Scanned } from '../pages/bounded-scan.js';
import type { Found, PageRequest } from '../pages/page.js';
import {
  DEAD_LETTER_COLUMNS,
  type DeadLetterRow,
  type DeadLetterView,
  deadLetterView,
} from './dead-letter-view.js';

/** Which dead letters; what is left out does not matter. */
export interface DeadLetterFilter {
  readonly topic?: string | null;
  readonly reason?: string | null;
  readonly receivedAfter?: Date | null;
  readonly receivedBefore?: Date | null;
  readonly redriven?: boolean | null;
}

/** Dead letters that are looked through for one page. */
const MOST_SCANNED = 10_000;

/** Dead letters as operators see them. */
export class OperatorDeadLettersQuery {
  constructor(private readonly dataSource: DataSource) {}

  async one(id: string): Promise<DeadLetterView | undefined> {
    const [row] = await this.dataSource.query<DeadLetterRow[]>(
      `SELECT ${DEAD_LETTER_COLUMNS} FROM ingest_dead_letter d WHERE d.id = $1`,
      [id],
    );
    return row && deadLetterView(row);
  }

  /** The bytes that the producer sent; null where the record had none. */
  async value(id: string): Promise<Buffer | null> {
    const [row] = await this.dataSource.query<{ value: Buffer | null }[]>(
      'SELECT value FROM ingest_dead_letter WHERE id = $1',
      [id],
    );
    return row?.value ?? null;
  }

  /** The newest first. */
  async page(
    filter: DeadLetterFilter,
    { first, after }: PageRequest,
  ): Promise<Found<DeadLetterView>> {
    const rows = await this.dataSource.query<(DeadLetterRow & Scanned)[]>(
      `WITH scanned AS MATERIALIZED (
         SELECT d.id, ($2::text IS NULL OR d.topic = $2) AND ($3::text IS NULL OR d.reason = $3)
                AND ($4::timestamptz IS NULL OR d.received_at >= $4)
                AND ($5::timestamptz IS NULL OR d.received_at < $5)
                AND ($6::boolean IS NULL OR (d.redriven_at IS NOT NULL) = $6) AS fits
         FROM ingest_dead_letter d WHERE $1::bigint IS NULL OR d.id < $1
         ORDER BY d.id DESC LIMIT $7
       )
       SELECT (SELECT count(*)::integer FROM scanned) AS scanned,
              (SELECT min(id)::text FROM scanned) AS last, fitting.*
       FROM (SELECT) AS once LEFT JOIN (
         SELECT ${DEAD_LETTER_COLUMNS}
         FROM (SELECT id FROM scanned WHERE fits ORDER BY id DESC LIMIT $8) AS s
         JOIN ingest_dead_letter d ON d.id = s.id
       ) AS fitting ON true
       ORDER BY fitting.id::bigint DESC`,
      [after ?? null, ...values(filter), MOST_SCANNED, first + 1],
    );
    const found = foundIn(rows, (row) => row.id !== null, MOST_SCANNED);
    return { ...found, rows: found.rows.map(deadLetterView) };
  }
}

const values = (filter: DeadLetterFilter): unknown[] => [
  filter.topic ?? null,
  filter.reason ?? null,
  filter.receivedAfter ?? null,
  filter.receivedBefore ?? null,
  filter.redriven ?? null,
];
