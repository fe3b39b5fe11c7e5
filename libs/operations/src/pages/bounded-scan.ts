import type { Found } from './page.js';

/** Columns of a statement that looks through at most so many entries, besides those of what fits. */
export interface Scanned {
  readonly scanned: number;
  /** The last one that was looked at. */
  readonly last: string | null;
}

/**
 * The result of `scanned LEFT JOIN fitting`: where nothing fits there is one row without a key. The
 * list may go on where as many were looked at as may be.
 */
export function foundIn<Row extends Scanned>(
  rows: readonly Row[],
  isFitting: (row: Row) => boolean,
  limit: number,
): Found<Row> {
  const [row] = rows;
  const isCut = row !== undefined && row.scanned >= limit;
  return { rows: rows.filter(isFitting), stoppedAt: isCut ? (row.last ?? undefined) : undefined };
}
