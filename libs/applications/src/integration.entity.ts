import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';

/** The installation of an application in an organization. */
@Entity({ name: 'gb_integration' })
export class IntegrationEntity {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid', { name: 'app_id' })
  appId!: string;

  @Column('text', { name: 'organization_id' })
  organizationId!: string;

  @Column('text')
  name!: string;

  @Column('text', { array: true })
  scopes!: string[];

  @Column('text')
  status!: 'ACTIVE' | 'UNINSTALLED';

  /** SHA-256 of the long-lived integration token; the token itself is shown once and not stored. */
  @Column('bytea', { name: 'token_hash' })
  tokenHash!: Buffer;

  @CreateDateColumn({ type: 'timestamptz', name: 'created_at' })
  createdAt!: Date;
}
