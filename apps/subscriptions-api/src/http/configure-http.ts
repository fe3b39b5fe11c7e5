import { TokenAuthenticator } from '@app/applications';
import { OperatorAuthenticator } from '@app/operations';
import { type ApiConfiguration, type Logger, systemClock } from '@app/platform';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { useContainer } from 'class-validator';
import { GRAPHQL_PATH } from '../graphql/graphql-options.js';
import { INTROSPECTION_PATH, TOKEN_PATHS } from '../oauth/oauth-paths.js';
import { answerUnreadableForm } from '../oauth/oauth-error-answer.js';
import { OPERATOR_PATH, OperatorGraphql } from '../operator/operator-graphql.js';
import { EndPointConstraint } from '../webhooks/end-point.constraint.js';
import { ApiRateLimitsStore } from './api-rate-limits.store.js';
import { type ApiRequest, authenticated, byOperator } from './api-request.js';
import { bearerAuthentication, type Identify } from './bearer-authentication.js';
import { watchCaller } from './caller-signal.js';
import { nothingBelow, onlyMethods } from './exact-paths.js';
import { graphiqlPage } from './graphiql-page.js';
import { NotFoundFilter } from './not-found.filter.js';
import { bearerRateLimit, type CountedRequest } from './rate-limit.js';
import { formBody, graphqlBody } from './request-bodies.js';
import { requestLog } from './request-log.js';
import { closeUnreadBodies } from './unread-bodies.js';
import { WEBHOOK_KEYS_PATH } from './webhook-keys.controller.js';

/** Headers that a page of another origin may read. */
const EXPOSED = [
  'X-Request-Id',
  'X-RateLimit-Limit',
  'X-RateLimit-Remaining',
  'X-RateLimit-Reset',
  'Retry-After',
];

const ONLY_POST = onlyMethods(['POST'], 'GraphQL is asked by POST');
const ONLY_TOKEN_POST = onlyMethods(['POST'], 'Tokens are asked for by POST');
const ONLY_GET = onlyMethods(['GET', 'HEAD'], 'What a token is worth is asked by GET');
const ONLY_KEYS_GET = onlyMethods(['GET', 'HEAD'], 'Public keys are asked for by GET');

/**
 * What happens to a request before a controller or GraphQL sees it, in this order: it gets an id, its
 * bearer is found out (401) unless it is one that has to wait, it is counted (429), its body is read
 * (400, 413). Nothing of a body is read for somebody who is not known.
 */
export function configureHttp(
  app: NestExpressApplication,
  { api }: ApiConfiguration,
  logger: Logger,
): void {
  provideConstraints(app);
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(closeUnreadBodies);
  app.use(requestLog(logger));
  configureOperatorApi(app, logger);
  if (api.corsOrigins.length > 0) allowOrigins(app, api.corsOrigins);
  const authenticator = app.get(TokenAuthenticator);
  const identify = identification(app, logger, {
    identify: async (token, request) => {
      request.payload = await authenticator.authenticate(token);
    },
    countedBy: (request) => {
      const { requestId, payload } = authenticated(request);
      return { requestId, tokenKey: payload.tokenKey };
    },
  });
  app.use(GRAPHQL_PATH, nothingBelow, ...identify, ONLY_POST, graphqlBody(), watchCaller);
  app.use(INTROSPECTION_PATH, nothingBelow, ...identify, ONLY_GET);
  for (const path of TOKEN_PATHS) {
    app.use(path, nothingBelow, ONLY_TOKEN_POST, formBody(answerUnreadableForm));
  }
  app.use(WEBHOOK_KEYS_PATH, nothingBelow, ONLY_KEYS_GET);
  if (api.graphiql) app.use('/graphiql', nothingBelow, graphiqlPage(GRAPHQL_PATH));
  app.useGlobalFilters(new NotFoundFilter());
}

/** Before CORS is allowed: no page of another origin calls it. */
function configureOperatorApi(app: NestExpressApplication, logger: Logger): void {
  const authenticator = app.get(OperatorAuthenticator);
  const identify = identification(app, logger, {
    identify: async (token, request) => {
      request.operator = await authenticator.authenticate(token);
    },
    countedBy: (request) => {
      const { requestId, operator } = byOperator(request);
      return { requestId, tokenKey: operator.tokenKey };
    },
  });
  const { handle } = app.get(OperatorGraphql);
  app.use(OPERATOR_PATH, nothingBelow, ...identify, ONLY_POST, graphqlBody(), watchCaller, handle);
}

/** Who bears the tokens of an API, and what is counted of their requests. */
interface Bearers {
  readonly identify: Identify;
  readonly countedBy: (request: ApiRequest) => CountedRequest;
}

function identification(app: NestExpressApplication, logger: Logger, bearers: Bearers) {
  const limits = app.get(ApiRateLimitsStore);
  const { countedBy } = bearers;
  const limit = bearerRateLimit({ limits, clock: systemClock, logger, countedBy });
  return [limit.refuseKnown, bearerAuthentication(bearers.identify, logger), limit.count];
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
