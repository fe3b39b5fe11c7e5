import type { DataSource } from 'typeorm';
import { withoutTimeLimits } from '../without-time-limits.js';

/** Tables in partitions of a day. */
export type PartitionedTable =
  'integration_queue_message' | 'delivery_attempt' | 'message_identity';

/** One day of a table. */
export interface Partition {
  readonly table: PartitionedTable;
  readonly name: string;
  /** `2026-11-26`, in UTC. */
  readonly day: string;
}

/** What became of a partition that should go. */
export interface DropResult {
  /** False: it holds what is still needed. */
  readonly dropped: boolean;
  /** As PostgreSQL last counted them; undefined: never. */
  readonly rows: number | undefined;
  /** With indexes and large bodies. */
  readonly bytes: number;
}

/** A part of a long piece of work; the next one goes on at this queue. */
export interface Part {
  readonly rows: number;
  readonly nextQueue: string | undefined;
}

/** From when on what is kept. */
export interface Bounds {
  readonly now: Date;
  /** Messages and attempts stored before may go. */
  readonly before: Date;
  /** Identities stored before may go; undefined: none. */
  readonly knownBefore: Date | undefined;
}

/**
 * Rows of one statement: some 150 ms, where they are moved. A transaction that stays open for longer
 * keeps queue rows from being updated in place.
 */
const PART_ROWS = 2_000;

/** Bodies of one statement, which can be 1 MiB each. */
const PART_BYTES = 16 * 1024 * 1024;

/**
 * The steps of the retention job; each is one statement, see the migration "retention". All but the first
 * throw where another replica is at one (see {@link isOthersTurn}), and where a table is in use for
 * longer than 1.5 s ({@link isInUse}).
 */
export class RetentionStore {
  constructor(private readonly dataSource: DataSource) {}

  /** By the clock of the database, as everything that is stored. */
  async now(): Promise<Date> {
    const [row] = await this.query<{ now: Date }>('SELECT clock_timestamp() AS now');
    if (!row) throw new Error('the database did not tell the time');
    return row.now;
  }

  /** Makes what is missing of the partitions of today and the next three days; returns their names. */
  async makePartitions(now: Date): Promise<string[]> {
    const rows = await this.query<{ name: string }>('SELECT make_partitions($1) AS name', [now]);
    return rows.map(({ name }) => name);
  }

  /** Those whose days had ended, oldest first. */
  async expired(table: PartitionedTable, before: Date): Promise<Partition[]> {
    const rows = await this.query<{ name: string; day: string }>(
      'SELECT name, day::text AS day FROM expired_partitions($1, $2)',
      [table, before],
    );
    return rows.map(({ name, day }) => ({ table, name, day }));
  }

  /** Moves a part of what is not delivered yet of a day to the remainder. */
  keepUndelivered(day: string, fromQueue: string): Promise<Part> {
    return this.part(
      'SELECT moved AS rows, next_queue AS "nextQueue" FROM keep_undelivered($1, $2, $3, $4)',
      [day, fromQueue, PART_ROWS, PART_BYTES],
    );
  }

  /** Drops a partition, unless it holds what is still needed. */
  async drop({ table, day }: Partition, before: Date): Promise<DropResult> {
    const [row] = await this.query<{ dropped: boolean; rows: string; bytes: string }>(
      'SELECT dropped, estimated_rows AS rows, bytes FROM drop_partition($1, $2, $3)',
      [table, day, before],
    );
    if (!row) throw new Error(`nothing is known of ${table} of ${day}`);
    const rows = Number(row.rows);
    return { dropped: row.dropped, rows: rows < 0 ? undefined : rows, bytes: Number(row.bytes) };
  }

  /** Deletes a part of what was delivered of the remainder. */
  forgetSettled(fromQueue: string): Promise<Part> {
    return this.part(
      'SELECT deleted AS rows, next_queue AS "nextQueue" FROM forget_settled($1, $2)',
      [fromQueue, PART_ROWS],
    );
  }

  /** Deletes a part of what nobody needs of the tables without partitions: how many rows of which. */
  async forgetRows({ now, before, knownBefore }: Bounds): Promise<Map<string, number>> {
    const rows = await this.query<{ name: string; deleted: string }>(
      'SELECT name, deleted FROM forget_rows($1, $2, $3, $4)',
      [now, before, knownBefore ?? null, PART_ROWS],
    );
    return new Map(rows.map(({ name, deleted }) => [name, Number(deleted)]));
  }

  private async part(sql: string, params: unknown[]): Promise<Part> {
    const [row] = await this.query<{ rows: number; nextQueue: string | null }>(sql, params);
    return { rows: row?.rows ?? 0, nextQueue: row?.nextQueue ?? undefined };
  }

  /** A connection for each: one of the pool that is not given back for minutes would be missed. */
  private query<Row>(sql: string, params: unknown[] = []): Promise<Row[]> {
    return withoutTimeLimits(this.dataSource, (connection): Promise<Row[]> =>
      connection.query(sql, params),
    );
  }
}

/** Another replica is at the work. */
export const isOthersTurn = (error: unknown): boolean => sqlState(error) === 'WHRET';

/** A lock was not granted in time; later it may be. */
export const isInUse = (error: unknown): boolean => sqlState(error) === '55P03';

function sqlState(error: unknown): unknown {
  if (!(error instanceof Error) || !('driverError' in error)) return undefined;
  const { driverError } = error;
  return driverError instanceof Error ? Reflect.get(driverError, 'code') : undefined;
}
