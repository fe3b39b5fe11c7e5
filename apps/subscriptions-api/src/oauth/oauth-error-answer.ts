import { OauthError } from '@app/applications';
import { Logger } from '@app/platform';
import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { ApiRequest } from '../http/api-request.js';
import { isDatabaseAway, isDatabaseBusy } from '../http/database-faults.js';
import { RETRY_AFTER_SECONDS } from '../http/error-answer.js';
import { TokenRequestsExceededError } from './token-request-limits.js';

const CLIENT_REALM = 'Basic realm="happycolis-webhooks"';

interface OauthAnswer {
  readonly status: number;
  /** RFC 6749 section 5.2; the others are borrowed from where OAuth has them, see API_ERRORS.md. */
  readonly error: string;
  readonly description: string;
}

function answer(response: Response, { status, error, description }: OauthAnswer): void {
  response
    .status(status)
    .set({ 'Cache-Control': 'no-store', Pragma: 'no-cache' })
    .json({ error, error_description: description });
}

function answerRefusal(response: Response, { code: error, description }: OauthError): void {
  const unknownClient = error === 'invalid_client';
  if (unknownClient) response.setHeader('WWW-Authenticate', CLIENT_REALM);
  answer(response, { status: unknownClient ? 401 : 400, error, description });
}

export function answerUnreadableForm(_request: Request, response: Response): void {
  const description = 'the form is too large or cannot be read';
  answerRefusal(response, new OauthError('invalid_request', description));
}

/** Errors of the token endpoint as RFC 6749 section 5.2 has them. What is ours shows nothing of itself. */
@Catch()
export class OauthErrorFilter implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<Response>();
    const { requestId } = host.switchToHttp().getRequest<ApiRequest>();
    if (error instanceof OauthError) {
      answerRefusal(response, error);
      return;
    }
    if (error instanceof TokenRequestsExceededError) {
      answer(response, { status: 429, error: 'slow_down', description: error.message });
      return;
    }
    this.logger.error('token_request.failed', { error, requestId });
    if (isDatabaseAway(error) || isDatabaseBusy(error)) {
      response.setHeader('Retry-After', RETRY_AFTER_SECONDS);
      const description = 'the service cannot answer now';
      answer(response, { status: 503, error: 'temporarily_unavailable', description });
      return;
    }
    const description = `the request failed; its id is ${requestId}`;
    answer(response, { status: 500, error: 'server_error', description });
  }
}
