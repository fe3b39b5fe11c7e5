/** As much of a PostgreSQL client as is needed. A `Pool` of node-postgres is a `SqlPool`. */
export interface SqlClient {
  query(text: string, values?: unknown[]): Promise<SqlResult>;
}

export interface SqlResult {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  /** Rows that a statement has changed. */
  readonly rowCount: number | null;
}

/** One session, to hold a transaction. */
export interface SqlSession extends SqlClient {
  /** Gives the session back; one with an error is closed instead of used again. */
  release(error?: Error): void;
  on(event: 'error', listener: (error: Error) => void): unknown;
  off(event: 'error', listener: (error: Error) => void): unknown;
}

export interface SqlPool extends SqlClient {
  connect(): Promise<SqlSession>;
}
