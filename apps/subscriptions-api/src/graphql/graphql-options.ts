import type { ApiConfiguration, Logger } from '@app/platform';
import { ApolloServerPluginInlineTraceDisabled } from '@apollo/server/plugin/disabled';
import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { type ApiRequest, authenticated } from '../http/api-request.js';
import { apolloLogger } from './apollo-logger.js';
import { errorReport, formatError } from './error-report.plugin.js';
import type { GraphqlContext } from './graphql-context.js';
import { MAX_TOKENS, queryLimits } from './query-limits.js';
import { anyRepresentation, jsonObject } from './scalars.js';
import { FEDERATION_DEFINITIONS, SUBGRAPH_SDL } from './type-definitions.js';

export const GRAPHQL_PATH = '/graphql';

/** Apollo Server as the specification wants it; see ADR 21. */
export function graphqlOptions({ api }: ApiConfiguration, logger: Logger): ApolloDriverConfig {
  return {
    driver: ApolloDriver,
    path: GRAPHQL_PATH,
    typeDefs: [SUBGRAPH_SDL, FEDERATION_DEFINITIONS],
    resolvers: {
      JSONObject: jsonObject,
      _Any: anyRepresentation,
      // Entities are answered with their type's name, see FederationResolver.
      _Entity: { __resolveType: ({ __typename }: { __typename: string }) => __typename },
    },
    context: ({ req }: { req: ApiRequest }): GraphqlContext => ({ req, ...authenticated(req) }),
    ...serverSettings({ api }, logger),
    // Served by ourselves at a path of its own, because this one asks for a token.
    graphiql: false,
    autoTransformHttpErrors: false,
    // It would report to a router that asks, how long each resolver takes, in a header of every answer.
    plugins: [queryLimits(), errorReport(logger), ApolloServerPluginInlineTraceDisabled()],
  };
}

/** What holds for every GraphQL endpoint. */
export function serverSettings({ api }: Pick<ApiConfiguration, 'api'>, logger: Logger) {
  return {
    introspection: api.introspection,
    hideSchemaDetailsFromClientErrors: !api.introspection,
    includeStacktraceInErrorResponses: false,
    allowBatchedHttpRequests: false,
    persistedQueries: false,
    // A wrong variable is an answer of GraphQL, which has the status 200 (specification section 6).
    status400ForVariableCoercionErrors: false,
    parseOptions: { maxTokens: MAX_TOKENS },
    formatError,
    logger: apolloLogger(logger),
  } as const;
}
