export { ApplicationEntity } from './application.entity.js';
export { IntegrationEntity } from './integration.entity.js';
export { ApplicationsOverviewQuery } from './applications-overview.query.js';
export type { ApplicationOverview, IntegrationOverview } from './applications-overview.query.js';
export { ApplicationsStore, hashToken } from './applications.store.js';
export type { NewApplication, NewIntegration } from './applications.store.js';
export { ApplicationNotFoundError, SecretUnreadableError } from './applications.errors.js';
export { ClientSecretQuery } from './client-secret.query.js';
export { SecretCipher } from './secret.cipher.js';
