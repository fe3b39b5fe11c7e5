import type { DataSource } from 'typeorm';

export interface PoolUsage {
  readonly open: number;
  readonly idle: number;
  /** Callers that wait for a connection. */
  readonly waiting: number;
  readonly most: number;
}

/** What TypeORM keeps of pg's pool; its type says `any`. */
interface PooledDriver {
  readonly master: {
    readonly totalCount: number;
    readonly idleCount: number;
    readonly waitingCount: number;
    readonly options: { readonly max: number };
  };
}

/** Undefined before the data source is connected and after it was closed. */
export function poolUsage(dataSource: DataSource): PoolUsage | undefined {
  if (!dataSource.isInitialized) return undefined;
  const { master } = dataSource.driver as unknown as PooledDriver;
  return {
    open: master.totalCount,
    idle: master.idleCount,
    waiting: master.waitingCount,
    most: master.options.max,
  };
}
