import type { TokenPayload } from '@app/applications';
import { UseFilters, UseGuards } from '@nestjs/common';
import { Args, Mutation, Query, Resolver } from '@nestjs/graphql';
import { BearerPayload } from '../guards/bearer-payload.decorator.js';
import { RequiredScope } from '../guards/required-scope.decorator.js';
import { TokenPayloadGuard } from '../guards/token-payload.guard.js';
import { InputPipe } from './input.pipe.js';
import { TestEventArguments } from './test-event.arguments.js';
import { TestEvents, type TestEventView } from './test-events.js';
import { WebhookManagement } from './webhook-management.js';
import { WebhookTypes, type WebhookTypeView } from './webhook-types.js';
import type { WebhookView } from './webhook-view.js';
import { GraphqlErrorFilter } from '../graphql/graphql-error.filter.js';

/** What the bearer of any kind of token can ask for. */
@Resolver()
@UseFilters(GraphqlErrorFilter)
@UseGuards(TokenPayloadGuard)
export class WebhooksResolver {
  constructor(
    private readonly management: WebhookManagement,
    private readonly types: WebhookTypes,
    private readonly tests: TestEvents,
  ) {}

  @Query('webhooks')
  @RequiredScope('view_integrations')
  webhooks(@BearerPayload() payload: TokenPayload): Promise<WebhookView[]> {
    return this.management.list(payload);
  }

  @Query('webhook')
  @RequiredScope('view_integrations')
  webhook(@BearerPayload() payload: TokenPayload, @Args('id') id: string): Promise<WebhookView> {
    return this.management.find(payload, id);
  }

  @Query('webhookTypes')
  webhookTypes(): readonly WebhookTypeView[] {
    return this.types.all;
  }

  @Mutation('testEvent')
  @RequiredScope('edit_integrations')
  testEvent(
    @BearerPayload() payload: TokenPayload,
    @Args(InputPipe) args: TestEventArguments,
  ): Promise<TestEventView> {
    return this.tests.append(payload, args);
  }
}
