import type { TokenPayload } from '@app/applications';
import { UseFilters, UseGuards } from '@nestjs/common';
import { Args, Mutation, Resolver } from '@nestjs/graphql';
import { BearerPayload } from '../guards/bearer-payload.decorator.js';
import { ClientPayloadGuard } from '../guards/client-payload.guard.js';
import { InputPipe } from './input.pipe.js';
import {
  IntegrationWebhookInput,
  IntegrationWebhookUpdateInput,
} from './integration-webhook.input.js';
import { WebhookManagement } from './webhook-management.js';
import type { WebhookView } from './webhook-view.js';
import { GraphqlErrorFilter } from '../graphql/graphql-error.filter.js';

/** Webhooks of OAuth clients, which need no permission beyond a valid token. */
@Resolver()
@UseFilters(GraphqlErrorFilter)
@UseGuards(ClientPayloadGuard)
export class OauthWebhookResolver {
  constructor(private readonly webhooks: WebhookManagement) {}

  @Mutation('oauthWebhookCreate')
  create(
    @BearerPayload() payload: TokenPayload,
    @Args('input', InputPipe) input: IntegrationWebhookInput,
  ): Promise<WebhookView> {
    return this.webhooks.create(payload, input);
  }

  @Mutation('oauthWebhookUpdate')
  update(
    @BearerPayload() payload: TokenPayload,
    @Args('id') id: string,
    @Args('input', InputPipe) input: IntegrationWebhookUpdateInput,
  ): Promise<WebhookView> {
    return this.webhooks.update(payload, id, input);
  }

  @Mutation('oauthWebhookRemove')
  remove(@BearerPayload() payload: TokenPayload, @Args('id') id: string): Promise<WebhookView> {
    return this.webhooks.remove(payload, id);
  }
}
