import type { NextFunction, Request, RequestHandler, Response } from 'express';
import express from 'express';
import type { ApiRequest } from './api-request.js';
import { answerError, type ErrorAnswer } from './error-answer.js';

/** Bytes of a GraphQL request, 100 kB: the largest sensible one has 10 kB. */
const MAX_GRAPHQL_BYTES = 100_000;

/** Bytes of a token request: six short fields. */
const MAX_FORM_BYTES = 10_000;

/** Apollo would find out that it may not answer when a mutation is done. */
const ANSWER_TYPES = ['application/json', 'application/graphql-response+json'];

/** A body that could not be read, as body-parser reports it. */
interface BodyFault {
  readonly status?: number;
  readonly type?: string;
}

/**
 * Reads a JSON body, and refuses what is none or too large, or what Apollo would refuse without the
 * request's id, in the form of a GraphQL error.
 */
export function graphqlBody(): RequestHandler {
  const parse = express.json({ limit: MAX_GRAPHQL_BYTES });
  return (request: ApiRequest, response: Response, next: NextFunction): void => {
    const refuse = (error: ErrorAnswer): void => answerError(request, response, error);
    if (!request.is('application/json')) {
      refuse(badRequest('The body must be sent as application/json'));
      return;
    }
    if (!request.accepts(ANSWER_TYPES)) {
      refuse(badRequest('The answer is application/json, which Accept does not allow'));
      return;
    }
    readAtMost(MAX_GRAPHQL_BYTES, parse, { request, response }, (fault) => {
      const error = fault ? answerOf(fault) : envelopeFault(request.body);
      if (error) refuse(error);
      else next();
    });
  };
}

/** Reads a form; the token endpoint says itself what is wrong with what it gets. */
export function formBody(onFault: (request: Request, response: Response) => void): RequestHandler {
  const parse = express.urlencoded({ limit: MAX_FORM_BYTES, extended: false });
  return (request: Request, response: Response, next: NextFunction): void =>
    readAtMost(MAX_FORM_BYTES, parse, { request, response }, (fault) => {
      if (fault) onFault(request, response);
      else next();
    });
}

interface Exchange {
  readonly request: Request;
  readonly response: Response;
}

/**
 * Lets the parser read the body, and does not wait for it once more has come than may come: the parser
 * reports that only when the body is at its end, which may be never.
 */
function readAtMost(
  limit: number,
  parse: RequestHandler,
  { request, response }: Exchange,
  done: (fault: BodyFault | undefined) => void,
): void {
  let bytes = 0;
  let isDone = false;
  const once = (fault?: BodyFault): void => {
    if (isDone) return;
    isDone = true;
    request.off('data', count);
    done(fault);
  };
  const count = (chunk: Buffer): void => {
    bytes += chunk.length;
    if (bytes > limit) once({ status: 413 });
  };
  if (Number(request.headers['content-length'] ?? 0) > limit) {
    once({ status: 413 });
    return;
  }
  request.on('data', count);
  void parse(request, response, (fault?: unknown) => once(fault as BodyFault | undefined));
}

/** What is wrong with the envelope of an operation: its fields are judged by GraphQL. */
function envelopeFault(body: unknown): ErrorAnswer | undefined {
  if (Array.isArray(body)) return badRequest('Operations cannot be sent in batches');
  const fields = new Map<string, unknown>(Object.entries(body ?? {}));
  if (fields.size === 0) return badRequest('The body holds no query');
  const wrong = [...FIELDS].find(([name, { fits }]) => !fits(fields.get(name) ?? undefined));
  return wrong && badRequest(`${wrong[0]} must be ${wrong[1].expected}`);
}

interface FieldForm {
  readonly expected: string;
  readonly fits: (value: unknown) => boolean;
}

const TEXT: FieldForm = {
  expected: 'a string',
  fits: (value) => value === undefined || typeof value === 'string',
};
const OBJECT: FieldForm = {
  expected: 'an object',
  fits: (value) => value === undefined || (typeof value === 'object' && !Array.isArray(value)),
};
const FIELDS: ReadonlyMap<string, FieldForm> = new Map([
  ['query', TEXT],
  ['operationName', TEXT],
  ['variables', OBJECT],
  ['extensions', OBJECT],
]);

const badRequest = (message: string): ErrorAnswer => ({
  status: 400,
  code: 'BAD_REQUEST',
  message,
});

function answerOf({ status, type }: BodyFault): ErrorAnswer {
  if (status === 413) {
    const message = `The body is larger than ${MAX_GRAPHQL_BYTES} bytes`;
    return { status, code: 'PAYLOAD_TOO_LARGE', message };
  }
  return badRequest(
    type === 'entity.parse.failed' ? 'The body is not valid JSON' : 'The body cannot be read',
  );
}
