import { createHash, timingSafeEqual } from 'node:crypto';
import type { SecretCipher } from '../secret.cipher.js';
import type { ClientCredentials, ClientCredentialsQuery } from './client-credentials.query.js';
import { OauthError } from './token.errors.js';

/** Compared where there is no such client, so that the answer takes as long. */
const NOBODY = 'no client has this secret';

/** Verifies a clientId and clientSecret. While a secret is being replaced both count. */
export class ClientAuthenticator {
  constructor(
    private readonly query: ClientCredentialsQuery,
    private readonly cipher: SecretCipher,
  ) {}

  /** Throws {@link OauthError} `invalid_client`, SecretUnreadableError, or the database's error. */
  async authenticate(clientId: string, clientSecret: string): Promise<ClientCredentials> {
    const client = await this.query.execute(clientId);
    const secrets = client ? this.secretsOf(client) : [NOBODY];
    // All are compared, whichever fits.
    const fits = secrets.map((secret) => isSame(secret, clientSecret)).some(Boolean);
    if (!client || !fits) {
      throw new OauthError('invalid_client', 'client_id or client_secret is wrong');
    }
    return client;
  }

  private secretsOf({ applicationId, secret, formerSecret }: ClientCredentials): string[] {
    return [secret, formerSecret]
      .filter((stored) => stored !== null)
      .map((stored) => this.cipher.decrypt(applicationId, stored));
  }
}

/** In constant time, whatever the lengths: digests are compared. */
export function isSame(one: string, other: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}
