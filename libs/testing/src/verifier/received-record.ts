import { readEnvelope } from '../receiver/read-envelope.js';
import type { ReceivedRequest } from '../receiver/received-request.js';
import { verifySignature } from '../receiver/verify-signature.js';
import { digestOf } from './digest.js';

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
  /** Position of the message in its queue, from 1; NaN where the header is no number. */
  readonly sequence: number;
  /** Of the message before this one to the same webhook, 0 for none; null where it is not known. */
  readonly previous: number | null;
  /** `x-happycolis-skipped-sequences` as it stood there; empty where it was not. */
  readonly skipped: string;
}

export interface ReceiverFacts {
  /** What the receiver's URL begins with: `receiver.url('')`. */
  readonly origin: string;
  /** Secrets of the application of a webhook; several while one takes over from another. */
  readonly secretsOf: (webhookId: string) => readonly string[];
}

/** Takes the bytes of a request for their digests, so that they need not be kept. */
export function receivedRecord(
  request: Pick<ReceivedRequest, 'path' | 'headers' | 'body' | 'startedAt' | 'endedAt' | 'status'>,
  { origin, secretsOf }: ReceiverFacts,
): ReceivedRecord {
  const { body, headers, endedAt } = request;
  const envelope = envelopeOf(body);
  const signature = headers['x-happycolis-webhook-signature'];
  const secrets = envelope === null ? [] : secretsOf(envelope.webhookId);
  return {
    endPoint: `${origin}${request.path}`,
    startedAt: wallTime(request.startedAt),
    endedAt: endedAt === null ? null : wallTime(endedAt),
    status: request.status,
    digest: digestOf(body),
    isSigned: secrets.some((clientSecret) => verifySignature({ body, signature, clientSecret })),
    envelope,
    position: positionOf(headers),
  };
}

/** Receivers of one process keep `performance.now()`: their times stay comparable. */
function wallTime(monotonic: number): number {
  return performance.timeOrigin + monotonic;
}

function envelopeOf(bytes: Buffer): ReceivedEnvelope | null {
  try {
    const { header, body } = readEnvelope(bytes);
    return {
      organizationId: String(header['organizationId']),
      messageId: String(header['messageId']),
      webhookId: String(header['webhookId']),
      type: String(header['type']),
      bodyDigest: digestOf(body),
    };
  } catch {
    return null;
  }
}

function positionOf(headers: ReceivedRequest['headers']): LedgerPosition | null {
  const sequence = headers['x-happycolis-sequence'];
  if (sequence === undefined) return null;
  const previous = headers['x-happycolis-previous-sequence'];
  return {
    sequence: Number(sequence),
    previous: previous === undefined ? null : Number(previous),
    skipped: String(headers['x-happycolis-skipped-sequences'] ?? ''),
  };
}
