import type { DeadLetter, FormattedEvent, KafkaRecord, WebhookType } from '@app/events';
import { type LocationIdAccessor, locationFact } from './location-fact.js';
import {
  type OrganizationIdAccessor,
  invalidOrganization,
  isStated,
  isUsableId,
} from './organization-id.js';
import { readPayload, refusal } from './payload.js';
import type { WebHookFormatterInterface } from './web-hook-formatter.interface.js';

export interface DefaultTopicDataFormatterOptions {
  /** Where this type carries the id of its organization. */
  readonly organizationIdAccessor: OrganizationIdAccessor;
  /** Values with more bytes than this are refused. */
  readonly maxBytes: number;
  /** Set on types that are about a location: where they carry its id. */
  readonly locationIdAccessor?: LocationIdAccessor | undefined;
}

/** Formats the types whose payload names its organization, at the top or in a nested parent. */
export class DefaultTopicDataFormatter implements WebHookFormatterInterface {
  constructor(
    private readonly type: WebhookType,
    private readonly options: DefaultTopicDataFormatterOptions,
  ) {}

  format(record: KafkaRecord): FormattedEvent | DeadLetter {
    const payload = readPayload(record.value, this.options.maxBytes);
    if (payload.kind === 'refusal') return { ...payload, kind: 'dead_letter', record };

    const organizationId = this.options.organizationIdAccessor(payload.fields);
    if (!isUsableId(organizationId)) return this.refuseOrganization(record, organizationId);

    return {
      kind: 'event',
      record,
      type: this.type,
      body: payload.bytes,
      organization: { by: 'record', organizationId },
      ...locationFact(this.options.locationIdAccessor?.(payload.fields), organizationId),
    };
  }

  private refuseOrganization(record: KafkaRecord, found: unknown): DeadLetter {
    const missing = `The payload has no organizationId where ${this.type} carries it.`;
    const refused = isStated(found)
      ? invalidOrganization(found)
      : refusal('organization_missing', missing);
    return { ...refused, kind: 'dead_letter', record };
  }
}
