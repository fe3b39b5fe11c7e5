/** How the owner of a subscription acts: as an installed integration, or as an OAuth client. */
export enum IntegrationType {
  INTEGRATION = 'INTEGRATION',
  OAUTH_CLIENT = 'OAUTH_CLIENT',
}
