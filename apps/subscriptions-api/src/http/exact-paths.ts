import type { NextFunction, Response } from 'express';
import type { ApiRequest } from './api-request.js';
import { answerError } from './error-answer.js';

/** Express mounts a path together with all below it; there is nothing below ours. */
export function nothingBelow(request: ApiRequest, response: Response, next: NextFunction): void {
  if (request.path === '/') next();
  else answerNotFound(request, response);
}

export function answerNotFound(request: ApiRequest, response: Response): void {
  const message = 'There is nothing at this path';
  answerError(request, response, { status: 404, code: 'NOT_FOUND', message });
}

/** Lets through these methods alone: 405 for others, with what is told of them. */
export function onlyMethods(methods: readonly string[], message: string) {
  return (request: ApiRequest, response: Response, next: NextFunction): void => {
    if (methods.includes(request.method)) {
      next();
      return;
    }
    response.setHeader('Allow', methods.join(', '));
    answerError(request, response, { status: 405, code: 'METHOD_NOT_ALLOWED', message });
  };
}
