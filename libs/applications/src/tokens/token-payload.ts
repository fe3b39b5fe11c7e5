/** What is known of whoever presents a token. */
interface Payload {
  /** The id that queues, uniqueness and ownership count by. */
  readonly integrationId: string;
  readonly organizationId: string;
  readonly applicationId: string;
  readonly clientId: string;
  readonly scopes: readonly string[];
  /** What limits are counted by: one token, and nothing that could be presented as one. */
  readonly tokenKey: string;
}

/** The bearer of an integration token: an application where it is installed. */
export interface AppPayload extends Payload {
  readonly kind: 'app';
}

/** The bearer of an access token: an application as an OAuth client in an organization. */
export interface ClientPayload extends Payload {
  readonly kind: 'client';
  readonly tokenId: string;
  /** Seconds since the epoch. */
  readonly expiresAt: number;
}

export type TokenPayload = AppPayload | ClientPayload;
