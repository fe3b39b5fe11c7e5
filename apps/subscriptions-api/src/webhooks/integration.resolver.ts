import type { AppPayload, IntegrationDetails, TokenPayload } from '@app/applications';
import { UseFilters, UseGuards } from '@nestjs/common';
import { Args, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { AppPayloadGuard } from '../guards/app-payload.guard.js';
import { BearerPayload } from '../guards/bearer-payload.decorator.js';
import { RequiredScope } from '../guards/required-scope.decorator.js';
import { DeliveryHistory } from './delivery-history.js';
import type { QueueView } from './queue-view.js';
import { WebhookManagement } from './webhook-management.js';
import type { WebhookView } from './webhook-view.js';
import { GraphqlErrorFilter } from '../graphql/graphql-error.filter.js';

@Resolver('Integration')
@UseFilters(GraphqlErrorFilter)
export class IntegrationResolver {
  constructor(
    private readonly webhooks: WebhookManagement,
    private readonly history: DeliveryHistory,
  ) {}

  @Query('integration')
  @UseGuards(AppPayloadGuard)
  @RequiredScope('view_integrations')
  integration(
    @BearerPayload() payload: AppPayload,
    @Args('id') id: string,
  ): Promise<IntegrationDetails> {
    return this.webhooks.integration(payload, id);
  }

  /** Of an integration that was let through above, or among the entities of a supergraph. */
  @ResolveField('webhooks')
  webhooksOf(
    @BearerPayload() payload: TokenPayload,
    @Parent() { id }: IntegrationDetails,
  ): Promise<WebhookView[]> {
    return this.webhooks.webhooksOf(payload, id);
  }

  @ResolveField('queue')
  queueOf(
    @BearerPayload() payload: TokenPayload,
    @Parent() { id }: IntegrationDetails,
  ): Promise<QueueView | null> {
    return this.history.queueOfIntegration(payload, id);
  }
}
