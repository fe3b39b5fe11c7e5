import type { NextFunction, Request, RequestHandler, Response } from 'express';
import express from 'express';
import type { ApiRequest } from './api-request.js';
import { answerError, type ErrorAnswer } from './error-answer.js';

/** Bytes of a GraphQL request, 100 kB: the largest sensible one has 10 kB. */
const MAX_GRAPHQL_BYTES = 100_000;

/** Bytes of a token request: six short fields. */
const MAX_FORM_BYTES = 10_000;

/** A body that could not be read, as body-parser reports it. */
interface BodyFault {
  readonly status?: number;
  readonly type?: string;
}

/** Reads a JSON body, and refuses what is none or too large in the form of a GraphQL error. */
export function graphqlBody(): RequestHandler {
  const parse = express.json({ limit: MAX_GRAPHQL_BYTES });
  return (request: ApiRequest, response: Response, next: NextFunction): void =>
    parse(request, response, (fault?: unknown) => {
      if (fault === undefined) next();
      else answerError(request, response, answerOf(fault as BodyFault));
    });
}

/** Reads a form; the token endpoint says itself what is wrong with what it gets. */
export function formBody(onFault: (request: Request, response: Response) => void): RequestHandler {
  const parse = express.urlencoded({ limit: MAX_FORM_BYTES, extended: false });
  return (request: Request, response: Response, next: NextFunction): void =>
    parse(request, response, (fault?: unknown) => {
      if (fault === undefined) next();
      else onFault(request, response);
    });
}

function answerOf({ status, type }: BodyFault): ErrorAnswer {
  if (status === 413) {
    const message = `The body is larger than ${MAX_GRAPHQL_BYTES} bytes`;
    return { status, code: 'PAYLOAD_TOO_LARGE', message };
  }
  const message =
    type === 'entity.parse.failed' ? 'The body is not valid JSON' : 'The body cannot be read';
  return { status: 400, code: 'BAD_REQUEST', message };
}
