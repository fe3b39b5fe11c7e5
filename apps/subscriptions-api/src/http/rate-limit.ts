import { createHash } from 'node:crypto';
import type { Clock, Logger } from '@app/platform';
import type { NextFunction, Response } from 'express';
import type { ApiRateLimitsStore, RateLimitState } from './api-rate-limits.store.js';
import type { ApiRequest } from './api-request.js';
import { isDatabaseAway } from './database-faults.js';
import { answerError, answerUnavailable } from './error-answer.js';
import { Refusals } from './refusals.js';

/** What counting needs. */
export interface RateLimitParts {
  readonly limits: Pick<ApiRateLimitsStore, 'count'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What is counted of a request whose bearer is known. */
export interface CountedRequest {
  readonly requestId: string;
  readonly tokenKey: string;
}

/** The two steps of the limit, with authentication between them. */
export interface BearerRateLimit {
  /** Refuses from memory what has exceeded a window, before the database is asked who it is. */
  readonly refuseKnown: (request: ApiRequest, response: Response, next: NextFunction) => void;
  /** Counts a request whose bearer is known. */
  readonly count: (request: ApiRequest, response: Response, next: NextFunction) => Promise<void>;
}

/**
 * Limits the requests of one token. How many tokens there can be is limited where they are issued
 * (ADR 23). Every answer says how the minute stands, or the second where that is what was exceeded.
 */
export function bearerRateLimit(
  parts: RateLimitParts & { readonly countedBy: (request: ApiRequest) => CountedRequest },
): BearerRateLimit {
  const refusals = new Refusals(parts.clock);
  return {
    refuseKnown: (request, response, next) => {
      const state = refusals.find(presented(request));
      if (state) refuse(request, response, state, parts.clock);
      else next();
    },
    count: async (request, response, next) => {
      const { tokenKey, requestId } = parts.countedBy(request);
      let state: RateLimitState | undefined;
      try {
        state = await counted(parts, tokenKey, requestId);
      } catch {
        answerUnavailable(request, response);
        return;
      }
      if (state?.exceeded) {
        refusals.remember(presented(request), state);
        refuse(request, response, state, parts.clock);
        return;
      }
      if (state) showLimit(response, state, parts.clock);
      next();
    },
  };
}

/**
 * Counts one request. Undefined while the database is away: then the request goes on to what needs it
 * and fails there. Throws what else keeps it from being counted, such as a pool that is exhausted: who
 * brings that about must not get rid of the limit by it.
 */
export async function counted(
  { limits, logger }: RateLimitParts,
  key: string,
  requestId: string,
): Promise<RateLimitState | undefined> {
  try {
    return await limits.count(key);
  } catch (error) {
    logger.error('request.not_counted', { error, requestId });
    if (isDatabaseAway(error)) return undefined;
    throw error;
  }
}

/** Sets the headers that say how a limit stands. */
export function showLimit(response: Response, state: RateLimitState, clock: Clock): void {
  response.setHeader('X-RateLimit-Limit', state.limit);
  response.setHeader('X-RateLimit-Remaining', state.remaining);
  const resetAt = Math.ceil((clock.now().getTime() + state.resetInMs) / 1_000);
  response.setHeader('X-RateLimit-Reset', resetAt);
  if (state.exceeded) response.setHeader('Retry-After', secondsUntilReset(state));
}

/** What is said of an exceeded limit, wherever that is. */
export const exceededMessage = (state: RateLimitState): string =>
  `More than ${state.limit} requests; try again in ${secondsUntilReset(state)} s`;

/** A secret as a key of something that is kept in memory. */
export const hashOf = (secret: string): string =>
  createHash('sha256').update(secret).digest('base64url');

const secondsUntilReset = ({ resetInMs }: RateLimitState): number =>
  Math.max(1, Math.ceil(resetInMs / 1_000));

const presented = ({ headers }: ApiRequest): string => hashOf(headers.authorization ?? '');

function refuse(
  request: ApiRequest,
  response: Response,
  state: RateLimitState,
  clock: Clock,
): void {
  showLimit(response, state, clock);
  const message = exceededMessage(state);
  answerError(request, response, { status: 429, code: 'RATE_LIMITED', message });
}
