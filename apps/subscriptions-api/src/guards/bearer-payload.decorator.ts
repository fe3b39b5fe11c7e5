import type { TokenPayload } from '@app/applications';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { GqlExecutionContext } from '@nestjs/graphql';
import type { GraphqlContext } from '../graphql/graphql-context.js';

/** Who calls, as a parameter of a resolver method. The guard of the method decides which kinds there are. */
export const BearerPayload = createParamDecorator(
  (_data: undefined, context: ExecutionContext): TokenPayload =>
    GqlExecutionContext.create(context).getContext<GraphqlContext>().payload,
);
