import type { FormattedEvent, WebhookType } from '@app/events';
import { isUsableId, readOwn } from './organization-id.js';
import type { JsonObject } from './payload.js';

/** Whose location it is: what a record can teach the location directory. */
export type LocationFact = NonNullable<FormattedEvent['learns']>;

/** Reads the id of a location out of a payload that is known to be about one. */
export type LocationIdAccessor = (fields: JsonObject) => unknown;

/** The property by which an integration with a fulfillment service names its location. */
export const locationIdOf: LocationIdAccessor = (fields) => readOwn(fields, 'locationId');

/** A location's own events carry its id as `id`; everything else about a location as `locationId`. */
const ownIdOrLocationId: LocationIdAccessor = (fields) => {
  const id = readOwn(fields, 'id');
  return isUsableId(id) ? id : locationIdOf(fields);
};

/** How a type names its location, or `undefined` where the type teaches nothing about locations. */
export function locationIdAccessorFor(type: WebhookType): LocationIdAccessor | undefined {
  if (type.startsWith('location/fulfillment_service_integration/')) return locationIdOf;
  return type.startsWith('location/') ? ownIdOrLocationId : undefined;
}

/** An unusable location id teaches nothing; it is no reason to refuse the event. */
export function locationFact(
  locationId: unknown,
  organizationId: string,
): { readonly learns?: LocationFact } {
  return isUsableId(locationId) ? { learns: { locationId, organizationId } } : {};
}
