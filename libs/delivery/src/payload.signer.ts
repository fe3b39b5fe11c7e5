import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { EmptySecretError } from './delivery.errors.js';

/** Carries the signature of the POST body (platform contract, section 4). */
export const SIGNATURE_HEADER = 'x-happycolis-webhook-signature';

/**
 * The key that signs: the UTF-8 bytes of the application's `clientSecret`, nothing decoded. A
 * KeyObject keeps the secret out of logs and dumps of the objects that carry it.
 *
 * @throws EmptySecretError for an empty secret.
 */
export function signingKey(clientSecret: string): KeyObject {
  if (clientSecret === '') throw new EmptySecretError();
  return createSecretKey(Buffer.from(clientSecret, 'utf8'));
}

/**
 * Base64 of HMAC-SHA256 over exactly `bytes`, without prefix. The caller sends these same bytes:
 * serialising a second time could change them and void the signature.
 */
export function signPayload(bytes: Buffer, secret: KeyObject): string {
  return createHmac('sha256', secret).update(bytes).digest('base64');
}
