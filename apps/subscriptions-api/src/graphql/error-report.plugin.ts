import type { Logger } from '@app/platform';
import type {
  ApolloServerPlugin,
  GraphQLRequestContext,
  GraphQLRequestContextWillSendResponse,
} from '@apollo/server';
import { unwrapResolverError } from '@apollo/server/errors';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';

/** GraphQL repeats what it was given, which may be 100 kB. */
const MAX_MESSAGE_LENGTH = 1_000;

/** What a context must have for its errors to be found. */
interface RequestContext {
  readonly requestId: string;
}

const INTERNAL: GraphQLFormattedError = {
  message: 'Internal server error',
  extensions: { code: 'INTERNAL_SERVER_ERROR' },
};

/**
 * What a caller sees of an error: ours and GraphQL's own as they are, of everything else nothing but
 * that it happened.
 */
export function formatError(
  formatted: GraphQLFormattedError,
  error: unknown,
): GraphQLFormattedError {
  if (unwrapResolverError(error) instanceof GraphQLError) return formatted;
  const { path, locations } = formatted;
  return { ...INTERNAL, ...(path && { path }), ...(locations && { locations }) };
}

/** Writes unexpected errors into the log, and the request's id, by which they are found, on every error. */
export function errorReport(logger: Logger): ApolloServerPlugin<RequestContext> {
  return {
    requestDidStart: async () => ({
      didEncounterErrors: async (request) => logUnexpected(logger, request),
      willSendResponse: async (request) => stampErrors(request),
    }),
  };
}

function logUnexpected(
  logger: Logger,
  { errors = [], contextValue, operationName }: GraphQLRequestContext<RequestContext>,
): void {
  for (const error of errors) {
    const cause = unwrapResolverError(error);
    if (cause instanceof GraphQLError) continue;
    const { requestId } = contextValue;
    logger.error('operation.failed', { error: cause, requestId, operation: operationName });
  }
}

function stampErrors({
  response,
  contextValue,
}: GraphQLRequestContextWillSendResponse<RequestContext>): void {
  if (response.body.kind !== 'single') return;
  const { singleResult } = response.body;
  const { requestId } = contextValue;
  if (!singleResult.errors) return;
  singleResult.errors = singleResult.errors.map((error) => ({
    ...error,
    message: error.message.slice(0, MAX_MESSAGE_LENGTH),
    extensions: { ...error.extensions, requestId },
  }));
}
