import { webcrypto } from 'node:crypto';

/**
 * Whether `signature` is the Base64 of HMAC-SHA256 over exactly these bytes, keyed with the secret
 * as UTF-8 text. Done the way a receiver in a browser or another runtime would do it, with Web
 * Crypto, which also compares in constant time; nothing of the service's own signing is used.
 */
export async function isSignedBy(
  secret: string,
  body: Buffer,
  signature: string | undefined,
): Promise<boolean> {
  if (signature === undefined) return false;
  const given = Buffer.from(signature, 'base64');
  // Node's decoder skips what is not Base64, so two texts could stand for one signature.
  if (given.toString('base64') !== signature) return false;
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const keyBytes = new TextEncoder().encode(secret);
  const key = await webcrypto.subtle.importKey('raw', keyBytes, algorithm, false, ['verify']);
  return webcrypto.subtle.verify('HMAC', key, given, body);
}
