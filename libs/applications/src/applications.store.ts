import { randomBytes, randomUUID } from 'node:crypto';
import type { DataSource, EntityManager } from 'typeorm';
import { ApplicationEntity } from './application.entity.js';
import {
  ApplicationNotFoundError,
  ApplicationSuspendedError,
  InstallationNotFoundError,
} from './applications.errors.js';
import { IntegrationEntity } from './integration.entity.js';
import type { SecretCipher } from './secret.cipher.js';
import { hashToken, newToken } from './tokens/token-secret.js';

export interface NewApplication {
  readonly name: string;
  readonly type: 'PRIVATE' | 'PUBLIC';
  readonly scopes: readonly string[];
  readonly callbackUrl?: string | undefined;
}

export interface NewIntegration {
  readonly clientId: string;
  readonly organizationId: string;
  /** The application's name where it is left out. */
  readonly name?: string | undefined;
  /** All of the application's scopes where they are left out. */
  readonly scopes?: readonly string[] | undefined;
}

/** Creates applications and installs them. Secrets and tokens are returned once and never again. */
export class ApplicationsStore {
  constructor(
    private readonly dataSource: DataSource,
    private readonly cipher: SecretCipher,
  ) {}

  async createApplication(
    application: NewApplication,
  ): Promise<{ applicationId: string; clientId: string; clientSecret: string }> {
    const applicationId = randomUUID();
    const clientId = randomBytes(16).toString('hex');
    const clientSecret = newToken();
    await this.dataSource.getRepository(ApplicationEntity).insert({
      id: applicationId,
      name: application.name,
      clientId,
      clientSecret: this.cipher.encrypt(applicationId, clientSecret),
      callbackUrl: application.callbackUrl ?? null,
      scopes: [...application.scopes],
      status: 'ACTIVE',
      type: application.type,
    });
    return { applicationId, clientId, clientSecret };
  }

  /**
   * Installs an application in an organization and makes its queue, in one transaction: there is
   * never an integration whose events would find no queue.
   *
   * Throws {@link ApplicationNotFoundError}, {@link ApplicationSuspendedError}.
   */
  async installIntegration(
    integration: NewIntegration,
  ): Promise<{ integrationId: string; token: string }> {
    const integrationId = randomUUID();
    const token = newToken();
    await this.dataSource.transaction(async (transaction) => {
      const application = await activeApplication(transaction, integration.clientId);
      await transaction.getRepository(IntegrationEntity).insert({
        id: integrationId,
        appId: application.id,
        organizationId: integration.organizationId,
        name: integration.name ?? application.name,
        scopes: [...(integration.scopes ?? application.scopes)],
        status: 'ACTIVE',
        tokenHash: hashToken(token),
      });
      await transaction.query(
        `INSERT INTO integration_queue (queue_id, integration_id, application_id, organization_id)
         VALUES ($1, $1, $2, $3)`,
        [integrationId, application.id, integration.organizationId],
      );
    });
    return { integrationId, token };
  }

  /**
   * Gives an installation another token; the one before is refused from then on.
   *
   * Throws {@link InstallationNotFoundError}, also for one that was uninstalled.
   */
  async rotateToken(integrationId: string): Promise<{ integrationId: string; token: string }> {
    const token = newToken();
    const { affected } = await this.dataSource
      .getRepository(IntegrationEntity)
      .update({ id: integrationId, status: 'ACTIVE' }, { tokenHash: hashToken(token) });
    if (affected !== 1) throw new InstallationNotFoundError(integrationId);
    return { integrationId, token };
  }
}

/** Locked, so that it is not suspended while something is made for it. */
async function activeApplication(
  transaction: EntityManager,
  clientId: string,
): Promise<ApplicationEntity> {
  const application = await transaction
    .getRepository(ApplicationEntity)
    .findOne({ where: { clientId }, lock: { mode: 'pessimistic_read' } });
  if (!application) throw new ApplicationNotFoundError(clientId);
  if (application.status !== 'ACTIVE') throw new ApplicationSuspendedError(clientId);
  return application;
}
