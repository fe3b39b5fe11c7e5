import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';

/** The OAuth client pair of an integration developer; its clientSecret signs what it receives. */
@Entity({ name: 'application' })
export class ApplicationEntity {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('text')
  name!: string;

  @Column('text', { name: 'client_id' })
  clientId!: string;

  /** Encrypted, see SecretCipher. The plain secret is shown once, when it is made. */
  @Column('text', { name: 'client_secret' })
  clientSecret!: string;

  /** Encrypted. The secret before, while it is being replaced: it signs until {@link formerValidUntil}. */
  @Column('text', { name: 'former_client_secret', nullable: true })
  formerClientSecret!: string | null;

  @Column('timestamptz', { name: 'former_valid_until', nullable: true })
  formerValidUntil!: Date | null;

  @Column('text', { name: 'callback_url', nullable: true })
  callbackUrl!: string | null;

  @Column('text', { array: true })
  scopes!: string[];

  @Column('text')
  status!: 'ACTIVE' | 'SUSPENDED';

  @Column('text')
  type!: 'PRIVATE' | 'PUBLIC';

  @CreateDateColumn({ type: 'timestamptz', name: 'created_at' })
  createdAt!: Date;
}
