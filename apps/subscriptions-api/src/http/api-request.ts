import type { TokenPayload } from '@app/applications';
import type { Request } from 'express';

/** A request on its way through the middleware, which notes here what it finds out. */
export interface ApiRequest extends Request {
  requestId?: string;
  payload?: TokenPayload;
  /** Why its token does not count. */
  tokenRefusal?: string;
}

/** What a request that has passed authentication carries. */
export interface Authenticated {
  readonly requestId: string;
  readonly payload: TokenPayload;
}

/** Throws where it has not: a mistake in the order of the middleware, and nothing a caller can cause. */
export function authenticated({ requestId, payload }: ApiRequest): Authenticated {
  if (requestId === undefined || payload === undefined) {
    throw new Error('the request was not authenticated');
  }
  return { requestId, payload };
}
