import { createHmac, timingSafeEqual } from 'node:crypto';
import { headerOf, placeOf, type Place, type RequestHeaders } from './place.js';
import { WebhookError } from './webhook-error.js';

const SIGNATURE_HEADER = 'x-happycolis-webhook-signature';

export interface WebhookRequest {
  /** The bytes as they came: a body that a framework has parsed cannot be verified any more. */
  readonly rawBody: Uint8Array;
  readonly headers: RequestHeaders;
}

export interface VerifyOptions {
  /** Every `client_secret` that is good at the moment: two while one takes over from the other. */
  readonly secrets: readonly string[];
  /**
   * Refuse what was queued longer ago, milliseconds. Nothing is too old when not given: a queue that was blocked delivers
   * old messages, as it should. The date is signed, but it is that of queueing, not of the attempt.
   */
  readonly maxAgeMs?: number;
  /** Milliseconds since the epoch; the present when not given. */
  readonly now?: number;
}

/** A message of which it is certain who sent it. */
export interface WebhookMessage {
  /** The same at every attempt: what to know a repetition by. */
  readonly messageId: string;
  readonly webhookId: string;
  readonly organizationId: string;
  /** Such as `order/created`. */
  readonly type: string;
  /** When it was queued. */
  readonly date: Date;
  /** The event, parsed. Mind that `JSON.parse` rounds integers of more than 15 digits. */
  readonly body: unknown;
  readonly place: Place;
  /** A sample that somebody asked for. Not covered by the signature. */
  readonly isTest: boolean;
}

/**
 * Whether a request is genuine, and what it says. Nothing of the body is looked at before its signature holds.
 *
 * @throws WebhookError with the status to answer.
 */
export function verifyWebhook(request: WebhookRequest, options: VerifyOptions): WebhookMessage {
  requireSignature(request, options.secrets);
  const { header, body } = envelopeOf(request.rawBody);
  const message = {
    messageId: header.messageId,
    webhookId: header.webhookId,
    organizationId: header.organizationId,
    type: header.type,
    date: new Date(header.date),
    body,
    place: placeOf(request.headers),
    isTest: headerOf(request.headers, 'x-happycolis-test') === 'true',
  };
  const ageMs = (options.now ?? Date.now()) - message.date.getTime();
  if (options.maxAgeMs !== undefined && ageMs > options.maxAgeMs) {
    throw new WebhookError('stale', `It was queued ${Math.round(ageMs / 1000)} s ago`);
  }
  return message;
}

function requireSignature({ rawBody, headers }: WebhookRequest, secrets: readonly string[]): void {
  const signature = headerOf(headers, SIGNATURE_HEADER);
  if (signature === undefined) {
    throw new WebhookError('signature_missing', `There is not one header ${SIGNATURE_HEADER}`);
  }
  const given = Buffer.from(signature);
  // All of them, so that the time tells nothing of which one it was.
  const good = secrets.filter((secret) => {
    const expected = createHmac('sha256', secret).update(rawBody).digest('base64');
    const bytes = Buffer.from(expected);
    return bytes.length === given.length && timingSafeEqual(bytes, given);
  });
  if (good.length === 0) {
    throw new WebhookError('signature_invalid', 'The signature is not that of the body');
  }
}

type EnvelopeHeader = Readonly<
  Record<'messageId' | 'webhookId' | 'organizationId' | 'type' | 'date', string>
>;

const HEADER_FIELDS = ['messageId', 'webhookId', 'organizationId', 'type', 'date'] as const;

function envelopeOf(bytes: Uint8Array): { header: EnvelopeHeader; body: unknown } {
  const envelope = parsed(bytes);
  const { header, body } = isObject(envelope) ? envelope : {};
  if (!isObject(header) || !hasFields(header) || Number.isNaN(Date.parse(header.date))) {
    throw new WebhookError('not_an_envelope', 'The body is no envelope of header and body');
  }
  return { header, body };
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    throw new WebhookError('not_an_envelope', 'The body is not JSON');
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function hasFields(header: Record<string, unknown>): header is EnvelopeHeader {
  return HEADER_FIELDS.every((field) => typeof header[field] === 'string');
}
