import {
  BY_LOCATION,
  OF_PRODUCT,
  OF_STOCK_REFERENCE,
  OF_VARIANT,
  OWN,
  event,
} from './catalogue-entry.js';

/**
 * Every event type of the platform, one row each. Subscriptions, formatters, the AsyncAPI file and
 * the samples are derived from it.
 *
 * Topics are written out because they cannot be derived from types: some keep the underscore
 * (`shipment.shipping_event`), some use dots where a sibling uses a dash (`product.image.created`,
 * `variant.image-created`).
 *
 * `delivery_order/updated` is a documented type without a documented dispatch: it may be subscribed
 * to, and leaves the service only when `DISPATCH_DELIVERY_ORDER_UPDATED` is on.
 */
export const CATALOGUE = [
  event('order/created', 'order.created', OWN, 'An order was created.'),
  event('order/updated', 'order.updated', OWN, 'Something of an order changed.'),
  event('order/completed', 'order.completed', OWN, 'All lines of an order are fulfilled.'),
  event('order/cancelled', 'order.cancelled', OWN, 'An order was cancelled, line by line.'),

  event('delivery_order/created', 'delivery-order.created', OWN, 'A delivery order was created.'),
  event(
    'delivery_order/updated',
    'delivery-order.updated',
    OWN,
    'A delivery order changed.',
    'when_enabled',
  ),
  event('delivery_order/opened', 'delivery-order.opened', OWN, 'A delivery order was opened.'),
  event('delivery_order/pending', 'delivery-order.pending', OWN, 'A delivery order is pending.'),
  event(
    'delivery_order/cancelled',
    'delivery-order.cancelled',
    OWN,
    'A delivery order was cancelled.',
  ),
  event(
    'delivery_order/completed',
    'delivery-order.completed',
    OWN,
    'A delivery order was completed.',
  ),
  event(
    'delivery_order/fulfillment_accepted',
    'delivery-order.fulfillment-accepted',
    OWN,
    'The warehouse accepted a delivery order.',
  ),

  event('shipment/created', 'shipment.created', OWN, 'A shipment was created.'),
  event('shipment/completed', 'shipment.completed', OWN, 'A shipment was delivered.'),
  event(
    'shipment/shipping_event',
    'shipment.shipping_event',
    OWN,
    'The carrier reported a tracking event.',
  ),

  event(
    'stock_reference/created',
    'stock-reference.created',
    OWN,
    'A stock reference was created.',
  ),
  event('stock_reference/updated', 'stock-reference.updated', OWN, 'A stock reference changed.'),
  event(
    'stock_reference/movement_created',
    'stock-reference.movement-created',
    OF_STOCK_REFERENCE,
    'A stock movement was recorded.',
  ),
  event(
    'stock_reference/movement_updated',
    'stock-reference.movement-updated',
    OF_STOCK_REFERENCE,
    'A stock movement changed.',
  ),
  event(
    'stock_reference/fulfillment_event',
    'stock-reference.fulfillment-event',
    OF_STOCK_REFERENCE,
    'A fulfillment event concerns a stock reference.',
  ),
  event(
    'stock_reference/sku_updated',
    'stock-reference.sku-updated',
    OWN,
    'The SKU of a stock reference changed.',
  ),
  event(
    'stock_reference/status_updated',
    'stock-reference.status-updated',
    OWN,
    'The status of a stock reference changed.',
  ),

  event('product/created', 'product.created', OWN, 'A product was created.'),
  event('product/updated', 'product.updated', OWN, 'A product changed.'),
  event(
    'product/status_updated',
    'product.status-updated',
    OWN,
    'The status of a product changed.',
  ),
  event(
    'product/image/created',
    'product.image.created',
    OF_PRODUCT,
    'An image was added to a product.',
  ),
  event(
    'product/image/removed',
    'product.image.removed',
    OF_PRODUCT,
    'An image was removed from a product.',
  ),

  event('variant/created', 'variant.created', OWN, 'A variant was created.'),
  event('variant/updated', 'variant.updated', OWN, 'A variant changed.'),
  event(
    'variant/status_updated',
    'variant.status-updated',
    OWN,
    'The status of a variant changed.',
  ),
  event(
    'variant/source_updated',
    'variant.source-updated',
    OWN,
    'The source of a variant changed.',
  ),
  event('variant/model_changed', 'variant.model-changed', OWN, 'The model of a variant changed.'),
  event('variant/tag/added', 'variant.tag-added', OF_VARIANT, 'A tag was added to a variant.'),
  event(
    'variant/tag/removed',
    'variant.tag-removed',
    OF_VARIANT,
    'A tag was removed from a variant.',
  ),
  event(
    'variant/price/added',
    'variant.price-added',
    OF_VARIANT,
    'A price was added to a variant.',
  ),
  event(
    'variant/price/removed',
    'variant.price-removed',
    OF_VARIANT,
    'A price was removed from a variant.',
  ),
  event(
    'variant/image/created',
    'variant.image-created',
    OF_VARIANT,
    'An image was added to a variant.',
  ),
  event(
    'variant/image/removed',
    'variant.image-removed',
    OF_VARIANT,
    'An image was removed from a variant.',
  ),

  event('transfer_order/created', 'transfer-order.created', OWN, 'A transfer order was created.'),
  event('transfer_order/updated', 'transfer-order.updated', OWN, 'A transfer order changed.'),
  event(
    'transfer_order/cancelled',
    'transfer-order.cancelled',
    OWN,
    'A transfer order was cancelled.',
  ),
  event(
    'transfer_order/completed',
    'transfer-order.completed',
    OWN,
    'A transfer order was completed.',
  ),
  event('transfer_order/opened', 'transfer-order.opened', OWN, 'A transfer order was opened.'),

  event('location/created', 'location.created', OWN, 'A location was created.'),
  event('location/activated', 'location.activated', OWN, 'A location was activated.'),
  event('location/updated', 'location.updated', OWN, 'A location changed.'),
  event('location/deactivated', 'location.deactivated', OWN, 'A location was deactivated.'),
  event('location/type_changed', 'location.type_changed', OWN, 'The type of a location changed.'),
  event(
    'location/fulfillment_service_integration/created',
    'location.fulfillment-service-integration.created',
    BY_LOCATION,
    'A location asked for a fulfillment service.',
  ),
  event(
    'location/fulfillment_service_integration/accepted',
    'location.fulfillment-service-integration.accepted',
    BY_LOCATION,
    'A fulfillment service accepted a location.',
  ),
  event(
    'location/fulfillment_service_integration/errored',
    'location.fulfillment-service-integration.errored',
    BY_LOCATION,
    'A fulfillment service integration failed.',
  ),
  event(
    'location/fulfillment_service_integration/rejected',
    'location.fulfillment-service-integration.rejected',
    BY_LOCATION,
    'A fulfillment service rejected a location.',
  ),

  event('collection/created', 'collection.created', OWN, 'A collection was created.'),
  event('collection/updated', 'collection.updated', OWN, 'A collection changed.'),

  event('catalog/created', 'catalog.created', OWN, 'A catalog was created.'),
  event('catalog/updated', 'catalog.updated', OWN, 'A catalog changed.'),

  event('vendor/created', 'vendor.created', OWN, 'A vendor was created.'),
  event('vendor/updated', 'vendor.updated', OWN, 'A vendor changed.'),
] as const;

/** One row of the catalogue. */
export type CatalogueRow = (typeof CATALOGUE)[number];

/** The name of an event type, for example `order/created`. */
export type WebhookType = CatalogueRow['type'];

/** The name of a domain topic, for example `order.created`. */
export type OrganizationTopic = CatalogueRow['topic'];

/** All types in the order of the catalogue. */
export const WEBHOOK_TYPES: readonly WebhookType[] = CATALOGUE.map((row) => row.type);

/** The one type whose dispatch is a switch of the configuration. */
export const DELIVERY_ORDER_UPDATED = 'delivery_order/updated' satisfies WebhookType;

const KNOWN_TYPES: ReadonlySet<unknown> = new Set(WEBHOOK_TYPES);

/** Whether the value is one of the 57 types, letter by letter. */
export function isWebhookType(value: unknown): value is WebhookType {
  return KNOWN_TYPES.has(value);
}
