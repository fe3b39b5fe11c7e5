export { ApplicationEntity } from './application.entity.js';
export { IntegrationEntity } from './integration.entity.js';
export { OauthClientEntity } from './oauth-client.entity.js';
export { ApplicationsOverviewQuery } from './applications-overview.query.js';
export type { ApplicationOverview, IntegrationOverview } from './applications-overview.query.js';
export { OauthClientsOverviewQuery } from './oauth-clients-overview.query.js';
export type { OauthClientOverview } from './oauth-clients-overview.query.js';
export { ApplicationsStore } from './applications.store.js';
export type { NewApplication, NewIntegration } from './applications.store.js';
export { IntegrationDetailsQuery } from './integration-details.query.js';
export type { IntegrationDetails } from './integration-details.query.js';
export { ClientSecretsStore } from './client-secrets.store.js';
export type { Reencryption, Rotation, SecretValidity } from './client-secrets.store.js';
export { OauthClientsStore } from './oauth-clients.store.js';
export { OwnerStatusStore } from './owner-status.store.js';
export type { OwnerChange } from './owner-status.store.js';
export {
  ApplicationNotFoundError,
  ApplicationSuspendedError,
  InstallationNotFoundError,
  IntegrationNotFoundError,
  NoOrganizationListError,
  RotationUnderWayError,
  SecretUnreadableError,
} from './applications.errors.js';
export { ClientCertificatesStore } from './client-certificates.store.js';
export type {
  ClientCertificateOverview,
  NewClientCertificate,
} from './client-certificates.store.js';
export { ClientIdentityQuery, type StoredIdentity } from './client-identity.query.js';
export { DeliveryKeysQuery, type DeliveryKeys } from './delivery-keys.query.js';
export { SigningKeysStore, type PublishedKey } from './signing-keys.store.js';
export { SecretCipher } from './secret.cipher.js';
export { ACCESS_TOKEN_SECONDS, AccessTokens } from './tokens/access-tokens.js';
export type { AccessTokenClaims, AccessTokensOptions } from './tokens/access-tokens.js';
export { ClientAuthenticator } from './tokens/client-authenticator.js';
export { ClientCredentialsQuery } from './tokens/client-credentials.query.js';
export { OauthTokensStore, REFRESH_TOKEN_SECONDS } from './tokens/oauth-tokens.store.js';
export { signingKeysOf } from './tokens/signing-keys.js';
export type { ConfiguredSigningKey, SigningKey, SigningKeySources } from './tokens/signing-keys.js';
export { TokenAuthenticator } from './tokens/token-authenticator.js';
export { TokenBearerQuery } from './tokens/token-bearer.query.js';
export { TokenGrants } from './tokens/token-grants.js';
export type { ClientAdmission, GrantedTokens } from './tokens/token-grants.js';
export { hashToken } from './tokens/token-secret.js';
export type { AppPayload, ClientPayload, TokenPayload } from './tokens/token-payload.js';
export {
  OauthError,
  TokenKeysUnavailableError,
  TokenRefusedError,
  type OauthErrorCode,
} from './tokens/token.errors.js';
