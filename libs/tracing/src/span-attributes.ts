import { parsedUrl, type DeliveryOutcome } from '@app/delivery';
import type { KafkaRecord } from '@app/events';
import type { OwnedEvent, QueueLease } from '@app/queue';
import type { Attributes } from '@opentelemetry/api';

/**
 * What spans say, in the words of OpenTelemetry's semantic conventions where these have one, else
 * under `webhooks.`. Traces are read by more people than the database is, and kept elsewhere: never a
 * body, a header, a secret, nor anything of an endpoint but host and port, because in the paths and
 * queries of webhook endpoints stand tokens. The text of an error is left out for the same reason.
 */
export function recordAttributes({ topic, partition, offset }: KafkaRecord): Attributes {
  return {
    'messaging.system': 'kafka',
    'messaging.operation.type': 'process',
    'messaging.operation.name': 'enqueue',
    'messaging.destination.name': topic,
    'messaging.destination.partition.id': String(partition),
    'messaging.kafka.offset': Number(offset),
  };
}

export function eventAttributes(event: OwnedEvent, messages: number): Attributes {
  return {
    ...recordAttributes(event.event.record),
    'webhooks.organization.id': event.organizationId,
    'webhooks.type': event.type,
    'webhooks.messages': messages,
  };
}

export function deliveryAttributes(lease: QueueLease): Attributes {
  const { head } = lease;
  return {
    'http.request.method': 'POST',
    ...serverOf(head.endPoint),
    'webhooks.organization.id': lease.organizationId,
    'webhooks.integration.id': lease.queueId,
    'webhooks.webhook.id': head.webhookId,
    'webhooks.message.id': head.messageId,
    'webhooks.type': head.type,
    'webhooks.origin': head.origin,
    'webhooks.attempt': lease.attempts + 1,
  };
}

/** Without an outcome nothing was sent, and the log has the error. */
export function outcomeAttributes(outcome: DeliveryOutcome | undefined): Attributes {
  if (outcome === undefined) return { 'error.type': 'not_attempted' };
  const { statusCode } = outcome;
  return {
    ...(statusCode === null ? {} : { 'http.response.status_code': statusCode }),
    ...('code' in outcome ? { 'error.type': outcome.code } : {}),
  };
}

/** An endpoint that is none was refused without a request. */
function serverOf(endPoint: string): Attributes {
  const url = parsedUrl(endPoint);
  if (!url) return {};
  const { hostname, port, protocol } = url;
  return {
    'server.address': hostname.replace(/^\[|\]$/g, ''),
    'server.port': Number(port) || (protocol === 'http:' ? 80 : 443),
  };
}
