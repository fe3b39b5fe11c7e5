import { CATALOGUE, type CatalogueRow, type OrganizationTopic } from './catalogue.js';

/** The switches that decide which rows of the catalogue are dispatched. */
export interface DispatchSwitches {
  /** `DISPATCH_DELIVERY_ORDER_UPDATED`: dispatch `delivery_order/updated`, off by default. */
  readonly deliveryOrderUpdated: boolean;
}

/**
 * The topic of every type, 57 of them, for `@EventPattern(ORGANIZATION_TOPICS, …)`.
 *
 * A decorator runs before configuration is read, so it names every topic; the switched one too.
 * The transport must subscribe only to `subscribedTopics(switches)`: a handler that is registered
 * for a topic nobody subscribes to is never called, and its offsets stay untouched.
 */
export const ORGANIZATION_TOPICS: readonly OrganizationTopic[] = CATALOGUE.map((row) => row.topic);

/** The rows that leave the service under these switches: 56, or 57 with everything on. */
export function dispatchedRows(switches: DispatchSwitches): readonly CatalogueRow[] {
  return CATALOGUE.filter((row) => row.dispatched === 'always' || switches.deliveryOrderUpdated);
}

/** The topics to subscribe to, without the installation's topic prefix. */
export function subscribedTopics(switches: DispatchSwitches): readonly OrganizationTopic[] {
  return dispatchedRows(switches).map((row) => row.topic);
}
