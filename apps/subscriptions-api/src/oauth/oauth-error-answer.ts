import { OauthError } from '@app/applications';
import { Logger } from '@app/platform';
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { ApiRequest } from '../http/api-request.js';

const CLIENT_REALM = 'Basic realm="happycolis-webhooks"';

function answer(response: Response, { code, description }: OauthError): void {
  const unknownClient = code === 'invalid_client';
  if (unknownClient) response.setHeader('WWW-Authenticate', CLIENT_REALM);
  response
    .status(unknownClient ? 401 : 400)
    .set({ 'Cache-Control': 'no-store', Pragma: 'no-cache' })
    .json({ error: code, error_description: description });
}

export function answerUnreadableForm(_request: Request, response: Response): void {
  answer(response, new OauthError('invalid_request', 'the form is too large or cannot be read'));
}

/** Errors of the token endpoint as RFC 6749 section 5.2 has them. What is ours shows nothing of itself. */
@Catch()
export class OauthErrorFilter implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<Response>();
    const { requestId } = host.switchToHttp().getRequest<ApiRequest>();
    if (error instanceof OauthError) {
      answer(response, error);
      return;
    }
    const status = error instanceof HttpException ? error.getStatus() : 500;
    if (status >= 500) this.logger.error('token_request.failed', { error, requestId });
    response.status(status).json({
      error: 'server_error',
      error_description: `the request failed; its id is ${requestId}`,
    });
  }
}
