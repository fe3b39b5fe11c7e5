import { WebhookError } from './receiver.errors.js';
import { headerValues, type WebhookRequestHeaders } from './request-headers.js';
import { sequencePosition } from './sequence-headers.js';
import { verifySignature, type WebhookSecrets } from './signature.js';
import type { WebhookEvent, WebhookEventHeader } from './webhook-event.js';

export interface WebhookRequest {
  /**
   * The bytes as they came, for example in a Buffer: before anything has parsed or decoded them. Where
   * the framework has none (undefined), the request is refused as `body_not_raw`.
   */
  readonly rawBody: Uint8Array | undefined;
  readonly headers: WebhookRequestHeaders;
}

export interface VerifyWebhookOptions extends WebhookRequest {
  readonly secrets: WebhookSecrets;
  /**
   * Refuses messages that were queued longer ago than this, in ms. Not given, none is too old: what
   * waits behind a failure for days arrives days old, and is as good as any.
   */
  readonly maxAgeMs?: number | undefined;
  /** The time, in ms since 1970; this machine's clock when not given. */
  readonly now?: (() => number) | undefined;
}

const TEST_HEADER = 'x-happycolis-test';
const HEADER_FIELDS = ['organizationId', 'messageId', 'webhookId', 'type', 'date'] as const;

/**
 * Verifies a request and reads its event. Nothing of the body is parsed before its signature holds.
 * `Body` is what you expect of the event: it is not checked.
 *
 * @throws WebhookError `secrets_missing`, `signature_missing`, `body_not_raw`, `signature_invalid`,
 *   `body_not_an_envelope`, `stale`.
 */
export function verifyWebhook<Body = unknown>(options: VerifyWebhookOptions): WebhookEvent<Body> {
  const { rawBody, headers, secrets, maxAgeMs, now = Date.now } = options;
  verifySignature(rawBody, headers, secrets);
  const envelope = readEnvelope(rawBody);
  const header = eventHeader(envelope);
  if (maxAgeMs !== undefined) refuseStale(header, maxAgeMs, now());
  return {
    header,
    body: envelope.body as Body,
    rawBody,
    isTest: headerValues(headers, TEST_HEADER)[0] === 'true',
    position: sequencePosition(headers),
  };
}

interface Envelope {
  readonly header: Readonly<Record<string, unknown>>;
  readonly body: unknown;
}

function readEnvelope(rawBody: Uint8Array): Envelope {
  const { buffer, byteOffset, byteLength } = rawBody;
  const parsed = parse(Buffer.from(buffer, byteOffset, byteLength).toString('utf8'));
  if (!isObject(parsed) || !isObject(parsed.header) || !Object.hasOwn(parsed, 'body')) {
    throw notAnEnvelope('it is no object with `header` and `body`');
  }
  return { header: parsed.header, body: parsed.body };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw notAnEnvelope('it is no JSON');
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Fields that the platform may add later are left out: what is not documented is not promised. */
function eventHeader({ header }: Envelope): WebhookEventHeader {
  const [organizationId, messageId, webhookId, type, date] = HEADER_FIELDS.map((name) => {
    const value = header[name];
    if (typeof value !== 'string' || value === '') throw notAnEnvelope(`header.${name} is no text`);
    return value;
  }) as [string, string, string, string, string];
  if (Number.isNaN(Date.parse(date))) throw notAnEnvelope('header.date is no time');
  return { organizationId, messageId, webhookId, type, date };
}

function notAnEnvelope(reason: string): WebhookError {
  return new WebhookError('body_not_an_envelope', `The body is no envelope: ${reason}.`);
}

/** A date in the future is no fault: the platform has signed it, so it is this clock that is late. */
function refuseStale(header: WebhookEventHeader, maxAgeMs: number, now: number): void {
  const ageMs = now - Date.parse(header.date);
  if (ageMs <= maxAgeMs) return;
  const message = `The message was queued ${ageMs} ms ago, and at most ${maxAgeMs} are accepted.`;
  throw new WebhookError('stale', message);
}
