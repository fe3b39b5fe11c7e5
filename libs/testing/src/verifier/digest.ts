import { createHash } from 'node:crypto';

/**
 * SHA-256 in Base64. Stands for the bytes everywhere in a run's records, so that half a million of
 * them need not be kept.
 */
export function digestOf(bytes: Buffer | string): string {
  return createHash('sha256').update(bytes).digest('base64');
}
