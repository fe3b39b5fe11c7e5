import type { DeadLetter, FormattedEvent, WebhookType } from '@app/events';
import type { Subscribers } from '@app/subscriptions';
import { messageIdOf } from './message-identity.js';

/** What stage ② makes of a record. */
export type IngestItem = FormattedEvent | DeadLetter;

/** One row to be appended to a queue. */
export interface NewMessage {
  readonly queueId: string;
  readonly messageId: string;
  readonly webhookId: string;
  readonly organizationId: string;
  readonly type: WebhookType;
  readonly partition: number;
  readonly offset: string;
  readonly body: Buffer;
  /** W3C trace context of its record; null where that is not traced. */
  readonly traceParent: string | null;
}

export interface LearntLocation {
  readonly locationId: string;
  readonly organizationId: string;
}

/** An event whose organization is certain. */
export interface OwnedEvent {
  readonly event: FormattedEvent;
  readonly organizationId: string;
  readonly type: WebhookType;
}

/** Locations that events of this batch state themselves; the last statement of one wins. */
export function learntLocations(items: readonly IngestItem[]): Map<string, string> {
  const learnt = new Map<string, string>();
  for (const item of items) {
    if (item.kind === 'event' && item.learns) {
      learnt.set(item.learns.locationId, item.learns.organizationId);
    }
  }
  return learnt;
}

/** Locations that must be looked up before their events have an owner. */
export function wantedLocations(items: readonly IngestItem[]): Set<string> {
  const wanted = new Set<string>();
  for (const item of items) {
    if (item.kind === 'event' && item.organization.by === 'location') {
      wanted.add(item.organization.locationId);
    }
  }
  return wanted;
}

/** Gives every event its organization; one whose location nobody knows becomes a dead letter. */
export function assignOrganizations(
  items: readonly IngestItem[],
  directory: ReadonlyMap<string, string>,
): { events: OwnedEvent[]; deadLetters: DeadLetter[] } {
  const events: OwnedEvent[] = [];
  const deadLetters: DeadLetter[] = [];
  for (const item of items) {
    if (item.kind === 'dead_letter') {
      deadLetters.push(item);
      continue;
    }
    const { organization } = item;
    const organizationId =
      organization.by === 'record'
        ? organization.organizationId
        : directory.get(organization.locationId);
    if (organizationId === undefined) deadLetters.push(unresolved(item));
    else events.push({ event: item, organizationId, type: item.type });
  }
  return { events, deadLetters };
}

/** Does any of the events become a message? */
export const hasSubscribers = (events: readonly OwnedEvent[], subscribers: Subscribers): boolean =>
  events.some(
    ({ event, organizationId, type }) =>
      subscribers.of(organizationId, type, Number(event.record.timestamp)).length > 0,
  );

/**
 * One message per subscriber, in the order of the events. `traceParentOf` is asked once for each
 * event that becomes messages.
 */
export function messagesOf(
  events: readonly OwnedEvent[],
  subscribers: Subscribers,
  traceParentOf: (event: OwnedEvent, messages: number) => string | null,
): NewMessage[] {
  const messages: NewMessage[] = [];
  for (const owned of events) {
    const { event, organizationId, type } = owned;
    const producedAt = Number(event.record.timestamp);
    const receiving = subscribers.of(organizationId, type, producedAt);
    if (receiving.length === 0) continue;
    const traceParent = traceParentOf(owned, receiving.length);
    for (const { webhookId, integrationId } of receiving) {
      messages.push({
        queueId: integrationId,
        messageId: messageIdOf(event.record, webhookId),
        webhookId,
        organizationId,
        type,
        partition: event.record.partition,
        offset: event.record.offset,
        body: event.body,
        traceParent,
      });
    }
  }
  return messages;
}

/** A record that the database refuses by its data; it must not stop the partition either. */
export function notStorable(item: IngestItem, cause: string): DeadLetter {
  return { kind: 'dead_letter', record: item.record, reason: 'not_storable', detail: cause };
}

function unresolved(event: FormattedEvent): DeadLetter {
  const where = event.organization.by === 'location' ? event.organization.locationId : '';
  return {
    kind: 'dead_letter',
    record: event.record,
    reason: 'organization_unresolved',
    detail:
      `neither the body nor a header "organizationId" names the organization, and no location ` +
      `event has told yet whose location ${where} is`,
  };
}
