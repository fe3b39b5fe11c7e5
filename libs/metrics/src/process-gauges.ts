import type { PoolUsage } from '@app/database';
import type { Metrics } from './metrics.js';

/** The database connections of this process; `usage` is undefined before it is connected. */
export function addPoolGauges(metrics: Metrics, usage: () => PoolUsage | undefined): void {
  const gauge = (name: string, help: string, of: (usage: PoolUsage) => number): void =>
    metrics.gauge({ name: `webhooks_database_pool_${name}`, help }, () => {
      const now = usage();
      return now && of(now);
    });
  gauge('connections', 'Open connections to the database.', ({ open }) => open);
  gauge('idle_connections', 'Open connections that nobody uses.', ({ idle }) => idle);
  gauge('waiting_callers', 'Statements that wait for a connection.', ({ waiting }) => waiting);
  gauge('max_connections', 'DATABASE_POOL_SIZE.', ({ most }) => most);
}

export function addInFlightGauge(metrics: Metrics, inFlight: () => number): void {
  metrics.gauge(
    {
      name: 'webhooks_deliveries_in_flight',
      help: 'Queues at work in this process, each with one request under way at most.',
    },
    inFlight,
  );
}
