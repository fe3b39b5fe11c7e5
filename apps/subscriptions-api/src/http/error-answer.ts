import type { Response } from 'express';
import type { ApiErrorCode } from '../graphql/api.errors.js';
import type { ApiRequest } from './api-request.js';

export interface ErrorAnswer {
  readonly status: number;
  readonly code: ApiErrorCode;
  readonly message: string;
}

/** An answer given before GraphQL, in the form of GraphQL's, so that clients need to read only one. */
export function answerError(request: ApiRequest, response: Response, error: ErrorAnswer): void {
  const { status, code, message } = error;
  response.status(status).json({
    errors: [{ message, extensions: { code, requestId: request.requestId } }],
  });
}

/** Seconds after which to come again when the service cannot answer: an outage has a chance to be over. */
export const RETRY_AFTER_SECONDS = '5';

/** Something that the service needs is away. */
export function answerUnavailable(
  request: ApiRequest,
  response: Response,
  message = 'The service cannot answer now',
): void {
  response.setHeader('Retry-After', RETRY_AFTER_SECONDS);
  answerError(request, response, { status: 503, code: 'SERVICE_UNAVAILABLE', message });
}
