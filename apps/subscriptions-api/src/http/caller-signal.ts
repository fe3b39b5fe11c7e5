import { AsyncLocalStorage } from 'node:async_hooks';
import type { NextFunction, Response } from 'express';
import { ApiError } from '../graphql/api.errors.js';
import type { ApiRequest } from './api-request.js';

const callers = new AsyncLocalStorage<AbortSignal>();

/**
 * Notes when the caller of a request goes away, or is cut off at the end of a shutdown. It comes behind
 * the body: what reads that may lose the context.
 */
export function watchCaller(_request: ApiRequest, response: Response, next: NextFunction): void {
  const caller = new AbortController();
  response.once('close', () => {
    if (response.writableFinished) return;
    // Nobody reads this; it keeps what was abandoned from being reported as a fault of the service.
    const message = 'The change is made; its caller did not wait for the request under way';
    caller.abort(new ApiError('SERVICE_UNAVAILABLE', message));
  });
  callers.run(caller.signal, next);
}

/** Aborted when nobody waits for the answer to the present request any more. Undefined outside of one. */
export const callerSignal = (): AbortSignal | undefined => callers.getStore();
