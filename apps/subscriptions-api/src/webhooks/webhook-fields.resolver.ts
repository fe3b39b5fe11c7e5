import type { TokenPayload } from '@app/applications';
import { UseFilters } from '@nestjs/common';
import { Args, Info, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { OperationTypeNode, type GraphQLResolveInfo } from 'graphql';
import { GraphqlErrorFilter } from '../graphql/graphql-error.filter.js';
import { BearerPayload } from '../guards/bearer-payload.decorator.js';
import type { AttemptConnection } from './attempt-view.js';
import { DeliveryHistory } from './delivery-history.js';
import type { PageArguments } from './page-arguments.js';
import type { QueueView } from './queue-view.js';
import type { WebhookView } from './webhook-view.js';

/** What is read of a webhook only where it is asked for. Nobody gets hold of a webhook that is not its own. */
@Resolver('IntegrationWebhook')
@UseFilters(GraphqlErrorFilter)
export class WebhookFieldsResolver {
  constructor(private readonly history: DeliveryHistory) {}

  @ResolveField('queue')
  queue(
    @BearerPayload() payload: TokenPayload,
    @Info() { operation }: GraphQLResolveInfo,
  ): Promise<QueueView | null> {
    return operation.operation === OperationTypeNode.MUTATION
      ? this.history.changedQueueOf(payload)
      : this.history.queueOf(payload);
  }

  @ResolveField('attempts')
  attempts(
    @BearerPayload() payload: TokenPayload,
    @Parent() { id }: WebhookView,
    @Args() page: PageArguments,
  ): Promise<AttemptConnection> {
    return this.history.attemptsOf(payload, id, page);
  }
}
