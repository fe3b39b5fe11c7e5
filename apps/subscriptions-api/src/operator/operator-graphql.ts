import {
  OPERATOR_FIELD_COSTS,
  OPERATOR_LISTS,
  type OperatorContext,
  type OperatorParts,
  operatorSchema,
} from '@app/operations';
import type { ApiConfiguration, Logger } from '@app/platform';
import { ApolloServer } from '@apollo/server';
import { expressMiddleware } from '@as-integrations/express5';
import type { OnModuleDestroy, OnModuleInit } from '@nestjs/common';
import type { NextFunction, RequestHandler, Response } from 'express';
import { errorReport } from '../graphql/error-report.plugin.js';
import { serverSettings } from '../graphql/graphql-options.js';
import { queryLimits } from '../graphql/query-limits.js';
import { type ApiRequest, byOperator } from '../http/api-request.js';
import { callerSignal } from '../http/caller-signal.js';

export const OPERATOR_PATH = '/operator/graphql';

/** A page of 100 queues with all that is known of each has a complexity of some 3,000. */
const LIMITS = { depth: 8, aliases: 20, complexity: 5_000 };

interface RequestContext extends OperatorContext {
  readonly requestId: string;
}

/**
 * A GraphQL server of its own, so that nothing of one schema can be reached by the other. Nest's
 * module for GraphQL would look for resolvers of the subgraph here.
 */
export class OperatorGraphql implements OnModuleInit, OnModuleDestroy {
  private readonly server: ApolloServer<RequestContext>;
  private answer: RequestHandler | undefined;

  constructor(parts: OperatorParts, configuration: ApiConfiguration, logger: Logger) {
    const rules = { lists: OPERATOR_LISTS, fields: OPERATOR_FIELD_COSTS };
    this.server = new ApolloServer<RequestContext>({
      ...serverSettings(configuration, logger),
      schema: operatorSchema(parts),
      // It would stop at SIGTERM by itself, before what was accepted is answered.
      stopOnTerminationSignals: false,
      plugins: [queryLimits(LIMITS, rules), errorReport(logger)],
    });
  }

  async onModuleInit(): Promise<void> {
    await this.server.start();
    this.answer = expressMiddleware(this.server, {
      context: async ({ req }) => ({ ...byOperator(req as ApiRequest), signal: callerSignal() }),
    });
  }

  onModuleDestroy(): Promise<void> {
    return this.server.stop();
  }

  /** Requests come when the module has started, because the port is opened after that. */
  readonly handle = async (
    request: ApiRequest,
    response: Response,
    next: NextFunction,
  ): Promise<void> => {
    await this.answer?.(request, response, next);
  };
}
