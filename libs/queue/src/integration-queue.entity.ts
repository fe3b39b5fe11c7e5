import { Column, Entity, PrimaryColumn } from 'typeorm';
import { QueueStatus } from './queue-status.enum.js';

/**
 * One queue per integration or OAuth client. Written only by the database functions of the
 * migration "queue-order" and by an operator's request; read through this entity.
 */
@Entity({ name: 'integration_queue' })
export class IntegrationQueueEntity {
  @PrimaryColumn('uuid', { name: 'queue_id' })
  queueId!: string;

  @Column('uuid', { name: 'integration_id' })
  integrationId!: string;

  @Column('smallint')
  lane!: number;

  @Column('uuid', { name: 'application_id' })
  applicationId!: string;

  @Column('text', { name: 'organization_id' })
  organizationId!: string;

  @Column('text')
  status!: QueueStatus;

  /** Next message to deliver; the queue is empty when it exceeds `tailSeq`. */
  @Column('bigint', { name: 'head_seq' })
  headSeq!: string;

  @Column('bigint', { name: 'tail_seq' })
  tailSeq!: string;

  @Column('bigint', { name: 'lease_token' })
  leaseToken!: string;

  @Column('timestamptz', { name: 'lease_until' })
  leaseUntil!: Date | number;

  @Column('text', { name: 'lease_owner', nullable: true })
  leaseOwner!: string | null;

  /** Failed attempts of the head so far. */
  @Column('integer')
  attempts!: number;

  @Column('timestamptz', { name: 'due_at' })
  dueAt!: Date | number;

  @Column('timestamptz', { name: 'blocked_at', nullable: true })
  blockedAt!: Date | null;

  @Column('timestamptz', { name: 'last_tried_at', nullable: true })
  lastTriedAt!: Date | null;

  @Column('text', { name: 'last_error', nullable: true })
  lastError!: string | null;
}
