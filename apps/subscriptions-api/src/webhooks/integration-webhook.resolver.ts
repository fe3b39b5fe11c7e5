import type { TokenPayload } from '@app/applications';
import { UseFilters, UseGuards } from '@nestjs/common';
import { Args, Mutation, Resolver } from '@nestjs/graphql';
import { AppPayloadGuard } from '../guards/app-payload.guard.js';
import { BearerPayload } from '../guards/bearer-payload.decorator.js';
import { RequiredScope } from '../guards/required-scope.decorator.js';
import { InputPipe } from './input.pipe.js';
import {
  IntegrationWebhookInput,
  IntegrationWebhookUpdateInput,
} from './integration-webhook.input.js';
import { WebhookManagement } from './webhook-management.js';
import type { WebhookView } from './webhook-view.js';
import { GraphqlErrorFilter } from '../graphql/graphql-error.filter.js';

/** Webhooks of Integration Apps. */
@Resolver()
@UseFilters(GraphqlErrorFilter)
@UseGuards(AppPayloadGuard)
export class IntegrationWebhookResolver {
  constructor(private readonly webhooks: WebhookManagement) {}

  @Mutation('integrationWebhookCreate')
  @RequiredScope('edit_integrations')
  create(
    @BearerPayload() payload: TokenPayload,
    @Args('input', InputPipe) input: IntegrationWebhookInput,
  ): Promise<WebhookView> {
    return this.webhooks.create(payload, input);
  }

  @Mutation('integrationWebhookUpdate')
  @RequiredScope('edit_integrations')
  update(
    @BearerPayload() payload: TokenPayload,
    @Args('id') id: string,
    @Args('input', InputPipe) input: IntegrationWebhookUpdateInput,
  ): Promise<WebhookView> {
    return this.webhooks.update(payload, id, input);
  }

  @Mutation('integrationWebhookRemove')
  @RequiredScope('edit_integrations')
  remove(@BearerPayload() payload: TokenPayload, @Args('id') id: string): Promise<WebhookView> {
    return this.webhooks.remove(payload, id);
  }
}
