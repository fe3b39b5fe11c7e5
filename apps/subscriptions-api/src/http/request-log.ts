import { randomUUID } from 'node:crypto';
import type { Logger } from '@app/platform';
import type { NextFunction, Response } from 'express';
import type { ApiRequest } from './api-request.js';

/** What a caller or a gateway may choose as the id of a request; anything else is replaced. */
const REQUEST_ID = /^[\w.:-]{8,64}$/;

/** Gives every request an id, answers with it, and writes one line about it when it is answered. */
export function requestLog(logger: Logger) {
  return (request: ApiRequest, response: Response, next: NextFunction): void => {
    const startedAt = performance.now();
    const given = request.headers['x-request-id'];
    const isGood = typeof given === 'string' && REQUEST_ID.test(given);
    const requestId = isGood ? given : randomUUID();
    request.requestId = requestId;
    response.setHeader('X-Request-Id', requestId);
    const { method, path } = request;
    response.once('close', () => {
      const { payload, operator, tokenRefusal: refusal } = request;
      logger.info(response.writableFinished ? 'request.answered' : 'request.abandoned', {
        requestId,
        method,
        path,
        status: response.statusCode,
        durationMs: Math.round(performance.now() - startedAt),
        refusal,
        ...(payload && { bearer: payload.kind, integrationId: payload.integrationId }),
        ...(operator && { bearer: operator.role, operator: operator.name }),
      });
    });
    next();
  };
}
