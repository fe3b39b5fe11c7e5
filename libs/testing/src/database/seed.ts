import { randomUUID } from 'node:crypto';
import { ApplicationsStore, SecretCipher } from '@app/applications';
import type { WebhookType } from '@app/events';
import { WebhookSubscriptionsStore } from '@app/subscriptions';
import type { DataSource } from 'typeorm';
import { recordSecrets } from '../service/printed-record.js';

/** What seeded secrets are encrypted with: give it to the service under test as SECRETS_KEY. */
export const TEST_SECRETS_KEY = 'a key for tests, of more than 32 characters';

export interface SeededIntegration {
  readonly applicationId: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Also the id of its queue. */
  readonly integrationId: string;
  readonly organizationId: string;
  readonly token: string;
}

export interface IntegrationSeed {
  /** A new organization when not given. */
  readonly organizationId?: string;
  readonly name?: string;
  /** PRIVATE when not given. */
  readonly type?: 'PRIVATE' | 'PUBLIC';
  readonly scopes?: readonly string[];
}

/** An application, its installation in an organization, and the queue that comes with it. */
export async function seedIntegration(
  dataSource: DataSource,
  seed: IntegrationSeed = {},
): Promise<SeededIntegration> {
  const { organizationId = randomUUID(), name = 'test', type = 'PRIVATE' } = seed;
  const { scopes = ['edit_integrations', 'view_integrations'] } = seed;
  const applications = new ApplicationsStore(dataSource, new SecretCipher(TEST_SECRETS_KEY));
  const application = await applications.createApplication({ name, type, scopes });
  const { clientId } = application;
  const installed = await applications.installIntegration({ clientId, organizationId });
  recordSecrets(application.clientSecret, installed.token);
  return { ...application, ...installed, organizationId };
}

export interface WebhookSeed {
  readonly integrationId: string;
  /** Null receives every type; that is the default. */
  readonly type?: WebhookType | null;
  readonly endPoint?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A subscription; returns its id. */
export async function seedWebhook(dataSource: DataSource, seed: WebhookSeed): Promise<string> {
  const { id } = await new WebhookSubscriptionsStore(dataSource).create({
    type: null,
    endPoint: 'http://127.0.0.1:1/',
    headers: {},
    ...seed,
  });
  return id;
}
