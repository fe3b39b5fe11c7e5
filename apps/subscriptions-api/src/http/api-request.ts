import type { TokenPayload } from '@app/applications';
import type { AuthenticatedOperator } from '@app/operations';
import type { Request } from 'express';

const NOT_AUTHENTICATED = 'the request was not authenticated';

/** A request on its way through the middleware, which notes here what it finds out. */
export interface ApiRequest extends Request {
  requestId?: string;
  payload?: TokenPayload;
  /** Instead of a payload, at the operator API. */
  operator?: AuthenticatedOperator;
  /** Why its token does not count. */
  tokenRefusal?: string;
}

/** What a request that has passed authentication carries. */
export interface Authenticated {
  readonly requestId: string;
  readonly payload: TokenPayload;
}

/** The same of a request to the operator API. */
export interface AuthenticatedByOperator {
  readonly requestId: string;
  readonly operator: AuthenticatedOperator;
}

/** Throws where it has not: a mistake in the order of the middleware, and nothing a caller can cause. */
export function authenticated({ requestId, payload }: ApiRequest): Authenticated {
  if (requestId === undefined || payload === undefined) throw new Error(NOT_AUTHENTICATED);
  return { requestId, payload };
}

/** As {@link authenticated}. */
export function byOperator({ requestId, operator }: ApiRequest): AuthenticatedByOperator {
  if (requestId === undefined || operator === undefined) throw new Error(NOT_AUTHENTICATED);
  return { requestId, operator };
}
