import { isUtf8 } from 'node:buffer';
import type {
  DeadLetter,
  FormattedEvent,
  KafkaRecord,
  KafkaRecordHeaders,
  OrganizationClaim,
  WebhookType,
} from '@app/events';
import { locationFact, locationIdOf } from './location-fact.js';
import { invalidOrganization, isStated, isUsableId, readOwn } from './organization-id.js';
import { type JsonObject, type Refusal, readPayload, refusal } from './payload.js';
import type { WebHookFormatterInterface } from './web-hook-formatter.interface.js';

/** The record header by which a producer may name the organization beside the payload. */
const ORGANIZATION_HEADER = 'organizationId';

/**
 * Formats the types whose documented payload names a location and no organization. In this order:
 * `organizationId` in the payload, the record header `organizationId`, the location, which the
 * location directory resolves later.
 *
 * A wrong `organizationId` in the payload is refused as for every other type, never guessed
 * around. An unusable header is passed over: the directory knows the location's owner.
 */
export class LocationTopicDataFormatter implements WebHookFormatterInterface {
  constructor(
    private readonly type: WebhookType,
    private readonly options: { readonly maxBytes: number },
  ) {}

  format(record: KafkaRecord): FormattedEvent | DeadLetter {
    const payload = readPayload(record.value, this.options.maxBytes);
    if (payload.kind === 'refusal') return { ...payload, kind: 'dead_letter', record };

    const claimed = claim(payload.fields, record.headers);
    if ('kind' in claimed) return { ...claimed, kind: 'dead_letter', record };

    const { type } = this;
    return { kind: 'event', record, type, body: payload.bytes, ...claimed };
  }
}

function claim(
  fields: JsonObject,
  headers: KafkaRecordHeaders,
): Pick<FormattedEvent, 'organization' | 'learns'> | Refusal {
  const stated = readOwn(fields, 'organizationId');
  const locationId = locationIdOf(fields);
  if (isUsableId(stated)) {
    return { organization: byRecord(stated), ...locationFact(locationId, stated) };
  }
  if (isStated(stated)) return invalidOrganization(stated);

  // A header is taken for this record only: the directory learns from payloads.
  const header = readHeader(headers);
  if (isUsableId(header)) return { organization: byRecord(header) };

  if (isUsableId(locationId)) return { organization: { by: 'location', locationId } };
  const detail =
    'Neither the payload nor a header names an organization, and there is no locationId.';
  return refusal('organization_unresolved', detail);
}

function byRecord(organizationId: string): OrganizationClaim {
  return { by: 'record', organizationId };
}

/** The first value of the header as it is, not trimmed; `undefined` where it is not text. */
function readHeader(headers: KafkaRecordHeaders): string | undefined {
  const value = readOwn(headers, ORGANIZATION_HEADER);
  const first: unknown = Array.isArray(value) ? value[0] : value;
  if (Buffer.isBuffer(first)) return isUtf8(first) ? first.toString('utf8') : undefined;
  return typeof first === 'string' ? first : undefined;
}
