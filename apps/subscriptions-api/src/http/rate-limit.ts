import type { Clock } from '@app/platform';
import type { Logger } from '@app/platform';
import type { NextFunction, Response } from 'express';
import { ApiRateLimitsStore, type RateLimitState } from './api-rate-limits.store.js';
import { type ApiRequest, authenticated } from './api-request.js';
import { answerError } from './error-answer.js';

/**
 * Limits the requests of one token. Every answer says how the minute stands, or the second where that
 * is what was exceeded. Where requests cannot be counted they are let through: the limit protects the
 * service from its callers and is not worth an outage.
 */
export function rateLimit(limits: ApiRateLimitsStore, clock: Clock, logger: Logger) {
  return async (request: ApiRequest, response: Response, next: NextFunction): Promise<void> => {
    const { payload, requestId } = authenticated(request);
    let states: readonly [RateLimitState, RateLimitState];
    try {
      states = await limits.count(payload.tokenKey);
    } catch (error) {
      logger.error('request.not_counted', { error, requestId });
      next();
      return;
    }
    const [minute, second] = states;
    const shown = second.exceeded && !minute.exceeded ? second : minute;
    const resetAt = Math.ceil((clock.now().getTime() + shown.resetInMs) / 1_000);
    response.setHeader('X-RateLimit-Limit', shown.limit);
    response.setHeader('X-RateLimit-Remaining', shown.remaining);
    response.setHeader('X-RateLimit-Reset', resetAt);
    if (!shown.exceeded) {
      next();
      return;
    }
    const seconds = Math.max(1, Math.ceil(shown.resetInMs / 1_000));
    response.setHeader('Retry-After', seconds);
    answerError(request, response, {
      status: 429,
      code: 'RATE_LIMITED',
      message: `More than ${shown.limit} requests; try again in ${seconds} s`,
    });
  };
}
