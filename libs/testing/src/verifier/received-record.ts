/** A request as a receiver saw it, without its bytes. `receivedRecord` makes it. */
export interface ReceivedRecord {
  /** The whole URL that was called. */
  readonly endPoint: string;
  /** When its head had arrived; wall time, milliseconds since the epoch, with fractions. */
  readonly startedAt: number;
  /** Just before the last byte of the answer went out, or when the connection closed; else null. */
  readonly endedAt: number | null;
  /** Of the answer that was written whole; null where none was: cut off, or still open. */
  readonly status: number | null;
  /** `digestOf` the bytes of the request. */
  readonly digest: string;
  /** What the signature is worth for the bytes, with the secret of the webhook's application. */
  readonly isSigned: boolean;
  /** Null: the bytes are no envelope. */
  readonly envelope: ReceivedEnvelope | null;
  readonly position: LedgerPosition | null;
}

export interface ReceivedEnvelope {
  readonly organizationId: string;
  readonly messageId: string;
  readonly webhookId: string;
  readonly type: string;
  /** `digestOf` the very bytes that stood in the envelope. */
  readonly bodyDigest: string;
}

/** The headers `x-happycolis-sequence` and its companions, where the request carried them. */
export interface LedgerPosition {
  /** Position of the message in its queue, from 1. */
  readonly sequence: number;
  /** Of the message before this one to the same webhook, 0 for none; null where it is not known. */
  readonly previous: number | null;
  /** `x-happycolis-skipped-sequences` as it stood there; empty where it was not. */
  readonly skipped: string;
}
