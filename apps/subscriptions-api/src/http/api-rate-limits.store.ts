import type { DataSource } from '@app/database';
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';

export interface RateLimits {
  readonly perSecond: number;
  readonly perMinute: number;
}

/** The state of one limit after a request was counted. */
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
 * together (ADR 23). A token that has exceeded a limit is refused from memory until its window ends.
 */
export class ApiRateLimitsStore {
  private readonly limiters: readonly [RateLimiterPostgres, RateLimiterPostgres];

  constructor(dataSource: DataSource, { perSecond, perMinute }: RateLimits) {
    const limiter = (points: number, window: typeof SECOND): RateLimiterPostgres =>
      new RateLimiterPostgres({
        storeClient: dataSource,
        storeType: 'typeorm',
        tableName: 'api_rate_limit',
        // Made by the migrations.
        tableCreated: true,
        points,
        inMemoryBlockOnConsumed: points + 1,
        ...window,
      });
    this.limiters = [limiter(perMinute, MINUTE), limiter(perSecond, SECOND)];
  }

  /** Counts one request of a token: first the minute's state, then the second's. */
  async count(tokenKey: string): Promise<readonly [RateLimitState, RateLimitState]> {
    const [minute, second] = this.limiters;
    return Promise.all([consume(minute, tokenKey), consume(second, tokenKey)]);
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
