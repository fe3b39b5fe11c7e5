/** What can be wrong with a request, and the HTTP status that says so to the sender. */
const STATUS = {
  secrets_missing: 500,
  body_not_raw: 500,
  signature_missing: 401,
  signature_invalid: 401,
  body_not_an_envelope: 400,
  stale: 400,
  in_progress: 503,
  claim_lost: 503,
} as const;

export type WebhookErrorCode = keyof typeof STATUS;

/**
 * A request that is not accepted. Whatever is answered but 2xx, the platform keeps the message, sends
 * it again and sends nothing behind it meanwhile: a refusal loses nothing.
 *
 * - `secrets_missing`: no secret was given, or an empty one, with which anybody could sign
 * - `body_not_raw`: a framework has parsed the body, so there is nothing left to verify
 * - `signature_missing`: no signature, so it is not of the platform
 * - `signature_invalid`: by none of the secrets, or the body is not the one that was signed
 * - `body_not_an_envelope`: signed, and all the same not what the platform sends
 * - `stale`: older than the receiver wants it
 * - `in_progress`: another request with the same message is being handled
 * - `claim_lost`: handling took longer than the claim; what the transaction did is undone
 */
export class WebhookError extends Error {
  override readonly name = 'WebhookError';
  /** The status to answer. */
  readonly status: number;

  constructor(
    /** Stable: to be compared, and counted in metrics. */
    readonly code: WebhookErrorCode,
    message: string,
  ) {
    super(message);
    this.status = STATUS[code];
  }
}

/** The status to answer: that of a `WebhookError`, else 500, so that the message comes again. */
export function statusOf(error: unknown): number {
  return error instanceof WebhookError ? error.status : 500;
}
