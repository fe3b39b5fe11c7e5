/** Header of an envelope. The fields are written in the order of this interface. */
export interface WebhookEnvelopeHeader {
  readonly organizationId: string;
  readonly messageId: string;
  readonly webhookId: string;
  readonly type: string;
  /** When the message was enqueued: ISO 8601 with milliseconds and `Z`, the same on every attempt. */
  readonly date: string;
}

const BEFORE_BODY = ',"body":';
const AFTER_BODY = Buffer.from('}');

/**
 * Builds the bytes of a POST: `{"header":{…},"body":…}`.
 *
 * The body is spliced in byte for byte (key order, white space, `10.00` and 20-digit integers
 * survive). The result is serialised once: these bytes are signed and these bytes are sent.
 */
export function buildEnvelope(header: WebhookEnvelopeHeader, body: Buffer): Buffer {
  const { organizationId, messageId, webhookId, type, date } = header;
  const json = JSON.stringify({ organizationId, messageId, webhookId, type, date });
  return Buffer.concat([Buffer.from(`{"header":${json}${BEFORE_BODY}`), body, AFTER_BODY]);
}
