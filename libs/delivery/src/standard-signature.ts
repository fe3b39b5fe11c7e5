import { createHmac, sign, type KeyObject } from 'node:crypto';

/** Of Standard Webhooks (https://www.standardwebhooks.com, specification 1.0). */
export const STANDARD_ID_HEADER = 'webhook-id';
export const STANDARD_TIMESTAMP_HEADER = 'webhook-timestamp';
export const STANDARD_SIGNATURE_HEADER = 'webhook-signature';

/** What is signed with in the form of Standard Webhooks, besides the platform's own signature (ADR 38). */
export interface StandardSigning {
  /** The same at every attempt, without a dot. */
  readonly id: string;
  /** HMAC keys; a signature for each, so that a receiver that knows one of them is content. */
  readonly secrets: readonly KeyObject[];
  /** Ed25519; a signature for each. */
  readonly privateKeys: readonly KeyObject[];
}

/**
 * The three headers for a body that is sent at `nowMs` (Unix time in milliseconds): signed is
 * `<id>.<timestamp>.<body>`, the timestamp being that of the attempt in whole seconds.
 */
export function standardHeaders(
  body: Buffer,
  { id, secrets, privateKeys }: StandardSigning,
  nowMs: number,
): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(nowMs / 1_000));
  const head = `${id}.${timestamp}.`;
  const hmac = (key: KeyObject): string =>
    createHmac('sha256', key).update(head).update(body).digest('base64');
  // Ed25519 takes all of it at once: a copy of the body, where there are such keys.
  const ed25519 = (key: KeyObject): string =>
    sign(null, Buffer.concat([Buffer.from(head), body]), key).toString('base64');
  const signatures = [
    ...secrets.map((key) => `v1,${hmac(key)}`),
    ...privateKeys.map((key) => `v1a,${ed25519(key)}`),
  ];
  return {
    [STANDARD_ID_HEADER]: id,
    [STANDARD_TIMESTAMP_HEADER]: timestamp,
    [STANDARD_SIGNATURE_HEADER]: signatures.join(' '),
  };
}
