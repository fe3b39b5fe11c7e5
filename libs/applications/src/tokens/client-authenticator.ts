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
    const fits = client ? this.fits(client, clientSecret) : isSame(NOBODY, clientSecret);
    if (!client || !fits) {
      throw new OauthError('invalid_client', 'client_id or client_secret is wrong');
    }
    return client;
  }

  /** The former one is opened only where it is needed: it may be one that no key opens any more. */
  private fits(client: ClientCredentials, clientSecret: string): boolean {
    const { applicationId, secret, formerSecret } = client;
    const isStored = (stored: string): boolean =>
      isSame(this.cipher.decrypt(applicationId, stored), clientSecret);
    return isStored(secret) || (formerSecret !== null && isStored(formerSecret));
  }
}

/** In constant time, whatever the lengths: digests are compared. */
export function isSame(one: string, other: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}
