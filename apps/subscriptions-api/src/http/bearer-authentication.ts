import { TokenKeysUnavailableError, TokenRefusedError } from '@app/applications';
import type { Logger } from '@app/platform';
import type { NextFunction, Response } from 'express';
import type { ApiRequest } from './api-request.js';
import { answerError, answerUnavailable } from './error-answer.js';

/** RFC 6750 section 2.1. */
const BEARER = /^Bearer +([\w.~+/-]+=*) *$/i;
const REALM = 'Bearer realm="happycolis-webhooks"';

/** Notes on the request who presents a token. Throws TokenRefusedError where it does not count. */
export type Identify = (token: string, request: ApiRequest) => Promise<void>;

/**
 * Finds out who presents the token of a request, before anything else of it is read: 401 where nobody
 * does, 503 where it cannot be found out now.
 */
export function bearerAuthentication(identify: Identify, logger: Logger) {
  return async (request: ApiRequest, response: Response, next: NextFunction): Promise<void> => {
    try {
      await identify(tokenOf(request), request);
    } catch (error) {
      if (error instanceof TokenRefusedError) refuse(request, response, error);
      else postpone(request, response, error, logger);
      return;
    }
    next();
  };
}

class TokenMissingError extends TokenRefusedError {
  constructor() {
    super('there is none; send it as "Authorization: Bearer <token>"');
  }
}

function tokenOf({ headers: { authorization } }: ApiRequest): string {
  if (authorization === undefined) throw new TokenMissingError();
  const token = BEARER.exec(authorization)?.[1];
  if (token === undefined) throw new TokenRefusedError('it is not sent as "Bearer <token>"');
  return token;
}

/** RFC 6750 section 3: who sends no token at all is not told of an error. */
function refuse(request: ApiRequest, response: Response, error: TokenRefusedError): void {
  request.tokenRefusal = error.reason;
  const details =
    error instanceof TokenMissingError
      ? ''
      : `, error="invalid_token", error_description="${error.reason.replaceAll('"', "'")}"`;
  response.setHeader('WWW-Authenticate', `${REALM}${details}`);
  answerError(request, response, {
    status: 401,
    code: 'UNAUTHENTICATED',
    message: `A valid token is needed: ${error.reason}`,
  });
}

/** The database or the platform's keys are away: the token may well be good. */
function postpone(request: ApiRequest, response: Response, error: unknown, logger: Logger): void {
  logger.error('token.not_judged', { error, requestId: request.requestId });
  if (error instanceof TokenKeysUnavailableError) {
    answerUnavailable(request, response, "The platform's keys cannot be had now");
  } else {
    answerUnavailable(request, response);
  }
}
