import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';

/**
 * An application that acts in an organization by access tokens, under its own clientId and
 * clientSecret. Made with its first token there; has a queue of its own, apart from those of
 * installations (specification section 7).
 */
@Entity({ name: 'oauth_client' })
export class OauthClientEntity {
  /** Counts as its integration id. */
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid', { name: 'app_id' })
  appId!: string;

  @Column('text', { name: 'organization_id' })
  organizationId!: string;

  @CreateDateColumn({ type: 'timestamptz', name: 'created_at' })
  createdAt!: Date;

  /** Set while the application is neither installed nor allowed in the organization. */
  @Column('timestamptz', { name: 'withdrawn_at', nullable: true })
  withdrawnAt!: Date | null;
}
