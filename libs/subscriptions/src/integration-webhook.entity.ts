import type { WebhookType } from '@app/events';
import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';
import { IntegrationType } from './integration-type.enum.js';

/** A subscription: events of a type, of an organization, to an endpoint. */
@Entity({ name: 'integration_webhook' })
export class IntegrationWebhookEntity {
  @PrimaryColumn('uuid')
  id!: string;

  /** Also the id of the queue that its messages wait in. */
  @Column('uuid', { name: 'integration_id' })
  integrationId!: string;

  @Column('text', { name: 'integration_type' })
  integrationType!: IntegrationType;

  @Column('text', { name: 'organization_id' })
  organizationId!: string;

  /** Null receives every type. */
  @Column('text', { nullable: true })
  type!: WebhookType | null;

  @Column('text', { name: 'end_point' })
  endPoint!: string;

  /** Custom headers, sent verbatim. */
  @Column('json')
  headers!: Record<string, string>;

  @CreateDateColumn({ type: 'timestamptz', name: 'created_at' })
  createdAt!: Date;

  /** Set once it is removed: the row stays, because its queued messages are discarded by it. */
  @Column('timestamptz', { name: 'removed_at', nullable: true })
  removedAt!: Date | null;
}
