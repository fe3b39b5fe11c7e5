import type { WebhookType } from '@app/events';
import { Allow, IsOptional } from 'class-validator';
import { IsWebhookType } from './webhook-type.constraint.js';

/** Which webhook is to be sent a test event, and of which type. */
export class TestEventArguments {
  @Allow()
  readonly webhookId!: string;

  /** Left out or null: the type of the webhook. */
  @IsOptional()
  @IsWebhookType()
  readonly type?: WebhookType | null;
}
