/**
 * What came of one attempt. Everything that is the receiver's fault is an outcome, never an
 * exception: an exception from the sender means that the fault is ours and nothing may be blamed
 * on the receiver.
 */
export type DeliveryOutcome = DeliveredOutcome | FailedOutcome;

export interface DeliveredOutcome {
  readonly kind: 'delivered';
  readonly statusCode: number;
  /** The first bytes of the answer (at most 1,024), where the request asked for them. */
  readonly excerpt?: Buffer;
  readonly durationMs: number;
}

export interface FailedOutcome {
  readonly kind:
    'rejected' | 'timed_out' | 'unreachable' | 'refused_address' | 'invalid_configuration';
  readonly code: FailureCode;
  /** The status of the answer, where one came. */
  readonly statusCode: number | null;
  /** One line for a person, at most 500 characters, without secrets: kept as `lastErrorMessage`. */
  readonly message: string;
  /** The first bytes of a refused answer (at most 1,024), empty where there was none. */
  readonly excerpt: Buffer;
  /**
   * For how long a refused answer asked not to be called again (`Retry-After`), in ms from its
   * arrival: 0 to ten years, see `retryAfterMs`. Null where it did not ask and where none came.
   */
  readonly retryAfterMs: number | null;
  readonly durationMs: number;
}

export const FAILURE_CODES = [
  'http_status',
  'redirect',
  'timeout_connect',
  'timeout_response',
  'dns',
  'tls',
  'connection_refused',
  'connection_reset',
  'protocol',
  'response_too_large',
  'address_refused',
  'configuration',
  'not_proven',
] as const;

/** Stable cause of a failed attempt, shown to operators and integration developers. */
export type FailureCode = (typeof FAILURE_CODES)[number];
