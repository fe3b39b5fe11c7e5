/** Why a request is refused. */
export type WebhookErrorCode =
  /** There is no signature, or more than one. */
  | 'signature_missing'
  /** It is not that of the body with any of the secrets. */
  | 'signature_invalid'
  /** The body is genuine and not what it should be: a version of this package that is too old. */
  | 'not_an_envelope'
  /** Queued longer ago than is allowed. */
  | 'stale';

const STATUS: Readonly<Record<WebhookErrorCode, number>> = {
  signature_missing: 401,
  signature_invalid: 401,
  not_an_envelope: 422,
  stale: 422,
};

/** A request that is refused. Answer with its `status`: the sender keeps the message, and tries again. */
export class WebhookError extends Error {
  override readonly name = 'WebhookError';

  constructor(
    readonly code: WebhookErrorCode,
    message: string,
  ) {
    super(message);
  }

  get status(): number {
    return STATUS[this.code];
  }
}
