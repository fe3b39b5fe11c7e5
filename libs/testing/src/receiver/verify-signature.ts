import { createHash } from 'node:crypto';

export interface SignedBody {
  readonly body: Buffer;
  /** The value of `x-happycolis-webhook-signature`. */
  readonly signature: string | string[] | undefined;
  readonly clientSecret: string;
}

/** SHA-256 works on blocks of 64 bytes (FIPS 180-4). */
const BLOCK_BYTES = 64;

/**
 * Whether the signature is the Base64 of HMAC-SHA256 over the body, keyed with the secret's UTF-8
 * bytes. Written out from RFC 2104 instead of calling Node's HMAC, so that it shares nothing with
 * the signer it is to check.
 */
export function verifySignature({ body, signature, clientSecret }: SignedBody): boolean {
  const secret = Buffer.from(clientSecret, 'utf8');
  const key = Buffer.alloc(BLOCK_BYTES);
  (secret.length > BLOCK_BYTES ? sha256(secret) : secret).copy(key);
  const inner = sha256(
    key.map((byte) => byte ^ 0x36),
    body,
  );
  const outer = sha256(
    key.map((byte) => byte ^ 0x5c),
    inner,
  );
  return signature === outer.toString('base64');
}

function sha256(...parts: readonly Uint8Array[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}
