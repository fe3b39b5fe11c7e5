import type { WebhookType } from '@app/events';
import { Allow, IsOptional, ValidateIf } from 'class-validator';
import { AreCustomHeaders } from './custom-headers.constraint.js';
import { IsEndPoint } from './end-point.constraint.js';
import { IsWebhookType } from './webhook-type.constraint.js';

/** What a subscription is created from. */
export class IntegrationWebhookInput {
  @IsEndPoint()
  readonly endPoint!: string;

  /** Left out or null: every type. */
  @IsOptional()
  @IsWebhookType()
  readonly type?: WebhookType | null;

  @IsOptional()
  @AreCustomHeaders()
  readonly headers?: Readonly<Record<string, string>> | null;

  /** Reserved (specification section 6): accepted and ignored. */
  @Allow()
  readonly id?: string | null;

  /** Reserved (specification section 6): accepted and ignored. */
  @Allow()
  readonly integrationId?: string | null;
}

/** What a subscription is changed to; what is left out stays as it is. */
export class IntegrationWebhookUpdateInput {
  /** Null is refused rather than taken for "leave it". */
  @ValidateIf(({ endPoint }: IntegrationWebhookUpdateInput) => endPoint !== undefined)
  @IsEndPoint()
  readonly endPoint?: string;

  @ValidateIf(({ headers }: IntegrationWebhookUpdateInput) => headers !== undefined)
  @AreCustomHeaders()
  readonly headers?: Readonly<Record<string, string>>;
}
