import { createHmac, timingSafeEqual } from 'node:crypto';
import { isUint8Array } from 'node:util/types';
import { WebhookError } from './receiver.errors.js';
import { headerValues, type WebhookRequestHeaders } from './request-headers.js';

export const SIGNATURE_HEADER = 'x-happycolis-webhook-signature';

/** One `clientSecret`, or several while one replaces another. */
export type WebhookSecrets = string | readonly string[];

/**
 * Verifies that the body is bytes, and that they were signed with one of the secrets: the header is
 * the Base64 of HMAC-SHA256, without prefix.
 *
 * Takes the same time whichever secret fits, and wherever a wrong signature differs.
 *
 * @throws WebhookError `secrets_missing`, `signature_missing`, `body_not_raw`, `signature_invalid`.
 */
export function verifySignature(
  rawBody: unknown,
  headers: WebhookRequestHeaders,
  secrets: WebhookSecrets,
): asserts rawBody is Uint8Array {
  const keys = usableSecrets(secrets);
  const [signature, ...others] = headerValues(headers, SIGNATURE_HEADER);
  if (signature === undefined || signature === '') {
    throw new WebhookError('signature_missing', `The request has no ${SIGNATURE_HEADER}.`);
  }
  // Not by instanceof: test runners give each file a Uint8Array of its own.
  if (!isUint8Array(rawBody)) {
    const message = 'rawBody is no bytes: something has parsed the body before, or there is none.';
    throw new WebhookError('body_not_raw', message);
  }
  const matches = keys.map((key) => isSignedWith(key, rawBody, signature));
  // The platform sends one: of several it is unknown which one somebody has added.
  if (others.length > 0 || !matches.includes(true)) {
    throw new WebhookError('signature_invalid', 'The signature fits none of the secrets.');
  }
}

/** @throws WebhookError `secrets_missing` */
export function usableSecrets(secrets: WebhookSecrets): readonly string[] {
  const keys: readonly unknown[] = Array.isArray(secrets) ? secrets : [secrets];
  const usable = keys.filter((key): key is string => typeof key === 'string' && key !== '');
  if (usable.length === 0 || usable.length < keys.length) {
    throw new WebhookError('secrets_missing', 'A secret is not set: every one needs a value.');
  }
  return usable;
}

function isSignedWith(secret: string, rawBody: Uint8Array, signature: string): boolean {
  const expected = Buffer.from(createHmac('sha256', secret).update(rawBody).digest('base64'));
  const given = Buffer.from(signature);
  // Every right signature has 44 characters: that is no secret.
  return given.length === expected.length && timingSafeEqual(given, expected);
}
