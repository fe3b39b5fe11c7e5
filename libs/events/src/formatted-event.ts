import type { KafkaRecord } from './kafka-record.js';
import type { WebhookType } from './catalogue.js';

/** A record that can become messages: its type is known, its bytes are valid JSON of an object. */
export interface FormattedEvent {
  readonly kind: 'event';
  readonly record: KafkaRecord;
  readonly type: WebhookType;
  /** Exactly `record.value`: the bytes that are spliced into the envelope. */
  readonly body: Buffer;
  readonly organization: OrganizationClaim;
  /** Set on `location.*` events that carry both ids: a fact for the location directory. */
  readonly learns?: { readonly locationId: string; readonly organizationId: string };
}

/**
 * Whose event it is: stated by the record itself, or (only for
 * `location/fulfillment_service_integration/*`) to be looked up by its location.
 */
export type OrganizationClaim =
  | { readonly by: 'record'; readonly organizationId: string }
  | { readonly by: 'location'; readonly locationId: string };

/** A record that is the producer's fault. It is stored with its reason and never stops a partition. */
export interface DeadLetter {
  readonly kind: 'dead_letter';
  readonly record: KafkaRecord;
  readonly reason: DeadLetterReason;
  /** One sentence for a person: what was found and what was expected. Never contains the body. */
  readonly detail: string;
}

export const DEAD_LETTER_REASONS = [
  'tombstone',
  'too_large',
  'schema_registry_framing',
  'invalid_utf8',
  'not_json',
  'not_an_object',
  'organization_missing',
  'organization_invalid',
  'organization_unresolved',
  'not_storable',
] as const;

/** Why a record could not become a message. Stable: operators filter by it. */
export type DeadLetterReason = (typeof DEAD_LETTER_REASONS)[number];
