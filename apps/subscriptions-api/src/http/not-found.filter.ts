import { type ArgumentsHost, Catch, type ExceptionFilter, NotFoundException } from '@nestjs/common';
import type { Response } from 'express';
import type { ApiRequest } from './api-request.js';
import { answerNotFound } from './exact-paths.js';

/** Nest's own answer to an unknown path, in the form of all other errors. */
@Catch(NotFoundException)
export class NotFoundFilter implements ExceptionFilter {
  catch(_error: NotFoundException, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    answerNotFound(http.getRequest<ApiRequest>(), http.getResponse<Response>());
  }
}
