import type { DataSource } from '@app/database';
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import { Refusals } from './refusals.js';

export interface RateLimits {
  readonly perSecond: number;
  readonly perMinute: number;
}

/** How one limit stands. */
export interface RateLimitState {
  readonly limit: number;
  readonly remaining: number;
  /** Milliseconds until the window ends. */
  readonly resetInMs: number;
  readonly exceeded: boolean;
}

const SECOND = { duration: 1, keyPrefix: 's' };
const MINUTE = { duration: 60, keyPrefix: 'm' };

/**
 * Counts requests in windows of a second and a minute, in PostgreSQL, so that all replicas count
 * together (ADR 23). A window that this replica has seen exceeded is not asked for again until it ends.
 */
export class ApiRateLimitsStore {
  private readonly refusals = new Refusals();
  private readonly minute: RateLimiterPostgres;
  private readonly second: RateLimiterPostgres;

  constructor(dataSource: DataSource, { perSecond, perMinute }: RateLimits) {
    const limiter = (points: number, window: typeof SECOND): RateLimiterPostgres =>
      new RateLimiterPostgres({
        storeClient: dataSource,
        storeType: 'typeorm',
        tableName: 'api_rate_limit',
        // Made by the migrations.
        tableCreated: true,
        points,
        ...window,
      });
    this.minute = limiter(perMinute, MINUTE);
    this.second = limiter(perSecond, SECOND);
  }

  /**
   * Counts one request and says how the minute stands, or the second where that is what is exceeded.
   * The second comes first, so that what it refuses does not count for the minute.
   */
  async count(key: string): Promise<RateLimitState> {
    const known = this.refusals.find(key);
    if (known) return known;
    const second = await consume(this.second, key);
    const state = second.exceeded ? second : await consume(this.minute, key);
    if (state.exceeded) this.refusals.remember(key, state);
    return state;
  }
}

/** The library rejects with the state where the limit is exceeded, and with an error otherwise. */
async function consume(limiter: RateLimiterPostgres, key: string): Promise<RateLimitState> {
  const stateOf = (result: RateLimiterRes, exceeded: boolean): RateLimitState => ({
    limit: limiter.points,
    remaining: result.remainingPoints,
    resetInMs: Math.max(0, result.msBeforeNext),
    exceeded,
  });
  try {
    return stateOf(await limiter.consume(key), false);
  } catch (error) {
    if (error instanceof RateLimiterRes) return stateOf(error, true);
    throw error;
  }
}
