import { createHmac, randomUUID } from 'node:crypto';

export const SECRET = 'receiver-test-secret';

export interface SignedRequest {
  readonly rawBody: Buffer;
  readonly headers: Record<string, string>;
}

export interface RequestParts {
  readonly messageId?: string;
  readonly webhookId?: string;
  readonly date?: string;
  /** JSON text of the event. */
  readonly body?: string;
  readonly secret?: string;
  readonly sequence?: number;
  readonly previous?: number;
  readonly skipped?: string;
}

/** A request as the documentation describes it, made without the code of the service. */
export function signedRequest(parts: RequestParts = {}): SignedRequest {
  const header = JSON.stringify({
    organizationId: 'organization-1',
    messageId: parts.messageId ?? randomUUID(),
    webhookId: parts.webhookId ?? 'webhook-1',
    type: 'order/created',
    date: parts.date ?? new Date().toISOString(),
  });
  const rawBody = Buffer.from(`{"header":${header},"body":${parts.body ?? '{"price":10.00}'}}`);
  return { rawBody, headers: { ...positionOf(parts), ...signed(rawBody, parts.secret) } };
}

/** The headers of a body that is signed as it is. */
export function signed(rawBody: Buffer, secret = SECRET): Record<string, string> {
  const signature = createHmac('sha256', secret).update(rawBody).digest('base64');
  return { 'content-type': 'application/json', 'x-happycolis-webhook-signature': signature };
}

function positionOf({ sequence, previous, skipped }: RequestParts): Record<string, string> {
  return {
    ...(sequence !== undefined && { 'x-happycolis-sequence': String(sequence) }),
    ...(previous !== undefined && { 'x-happycolis-previous-sequence': String(previous) }),
    ...(skipped !== undefined && { 'x-happycolis-skipped-sequences': skipped }),
  };
}
