import { TokenAuthenticator } from '@app/applications';
import { type ApiConfiguration, type Logger, systemClock } from '@app/platform';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { useContainer } from 'class-validator';
import type { NextFunction, Response } from 'express';
import { GRAPHQL_PATH } from '../graphql/graphql-options.js';
import { INTROSPECTION_PATH, TOKEN_PATHS } from '../oauth/oauth-paths.js';
import { answerUnreadableForm } from '../oauth/oauth-error-answer.js';
import { EndPointConstraint } from '../webhooks/end-point.constraint.js';
import { ApiRateLimitsStore } from './api-rate-limits.store.js';
import type { ApiRequest } from './api-request.js';
import { bearerAuthentication } from './bearer-authentication.js';
import { watchCaller } from './caller-signal.js';
import { answerError } from './error-answer.js';
import { graphiqlPage } from './graphiql-page.js';
import { bearerRateLimit } from './rate-limit.js';
import { formBody, graphqlBody } from './request-bodies.js';
import { requestLog } from './request-log.js';

/** Headers that a page of another origin may read. */
const EXPOSED = [
  'X-Request-Id',
  'X-RateLimit-Limit',
  'X-RateLimit-Remaining',
  'X-RateLimit-Reset',
  'Retry-After',
];

/**
 * What happens to a request before a controller or GraphQL sees it, in this order: it gets an id, its
 * bearer is found out (401) unless it is one that has to wait, it is counted (429), its body is read
 * (400, 413). Nothing of a body is
 * read for somebody who is not known.
 */
export function configureHttp(
  app: NestExpressApplication,
  { api }: ApiConfiguration,
  logger: Logger,
): void {
  provideConstraints(app);
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(requestLog(logger));
  if (api.corsOrigins.length > 0) allowOrigins(app, api.corsOrigins);
  const authenticate = bearerAuthentication(app.get(TokenAuthenticator), logger);
  const limit = bearerRateLimit({
    limits: app.get(ApiRateLimitsStore),
    clock: systemClock,
    logger,
  });
  for (const path of [GRAPHQL_PATH, INTROSPECTION_PATH]) {
    app.use(path, limit.refuseKnown, authenticate, limit.count);
  }
  app.use(GRAPHQL_PATH, onlyPost, graphqlBody(), watchCaller);
  for (const path of TOKEN_PATHS) app.use(path, formBody(answerUnreadableForm));
  if (api.graphiql) app.use('/graphiql', graphiqlPage(GRAPHQL_PATH));
}

/** Constraints that depend on nothing are no providers: class-validator makes those itself. */
function provideConstraints(app: NestExpressApplication): void {
  const providers = new Map([[EndPointConstraint, app.get(EndPointConstraint)]]);
  useContainer(
    { get: (constraint: typeof EndPointConstraint) => providers.get(constraint) },
    { fallback: true },
  );
}

function allowOrigins(app: NestExpressApplication, origins: readonly string[]): void {
  app.enableCors({
    origin: [...origins],
    methods: ['GET', 'POST'],
    allowedHeaders: ['Authorization', 'Content-Type', 'X-Request-Id'],
    exposedHeaders: EXPOSED,
    maxAge: 600,
  });
}

function onlyPost(request: ApiRequest, response: Response, next: NextFunction): void {
  if (request.method === 'POST') {
    next();
    return;
  }
  response.setHeader('Allow', 'POST');
  const message = 'GraphQL is asked by POST';
  answerError(request, response, { status: 405, code: 'METHOD_NOT_ALLOWED', message });
}
