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
