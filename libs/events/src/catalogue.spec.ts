import { describe, expect, it } from 'vitest';
import { CATALOGUE, DELIVERY_ORDER_UPDATED, WEBHOOK_TYPES, isWebhookType } from './catalogue.js';
import { ORGANIZATION_TOPICS, dispatchedRows, subscribedTopics } from './organization-topics.js';

/** Type and topic as the platform documents them, copied apart from the table under test. */
const DOCUMENTED = `
  order/created order.created
  order/updated order.updated
  order/completed order.completed
  order/cancelled order.cancelled
  delivery_order/created delivery-order.created
  delivery_order/updated delivery-order.updated
  delivery_order/opened delivery-order.opened
  delivery_order/pending delivery-order.pending
  delivery_order/cancelled delivery-order.cancelled
  delivery_order/completed delivery-order.completed
  delivery_order/fulfillment_accepted delivery-order.fulfillment-accepted
  shipment/created shipment.created
  shipment/completed shipment.completed
  shipment/shipping_event shipment.shipping_event
  stock_reference/created stock-reference.created
  stock_reference/updated stock-reference.updated
  stock_reference/movement_created stock-reference.movement-created
  stock_reference/movement_updated stock-reference.movement-updated
  stock_reference/fulfillment_event stock-reference.fulfillment-event
  stock_reference/sku_updated stock-reference.sku-updated
  stock_reference/status_updated stock-reference.status-updated
  product/created product.created
  product/updated product.updated
  product/status_updated product.status-updated
  product/image/created product.image.created
  product/image/removed product.image.removed
  variant/created variant.created
  variant/updated variant.updated
  variant/status_updated variant.status-updated
  variant/source_updated variant.source-updated
  variant/model_changed variant.model-changed
  variant/tag/added variant.tag-added
  variant/tag/removed variant.tag-removed
  variant/price/added variant.price-added
  variant/price/removed variant.price-removed
  variant/image/created variant.image-created
  variant/image/removed variant.image-removed
  transfer_order/created transfer-order.created
  transfer_order/updated transfer-order.updated
  transfer_order/cancelled transfer-order.cancelled
  transfer_order/completed transfer-order.completed
  transfer_order/opened transfer-order.opened
  location/created location.created
  location/activated location.activated
  location/updated location.updated
  location/deactivated location.deactivated
  location/type_changed location.type_changed
  location/fulfillment_service_integration/created location.fulfillment-service-integration.created
  location/fulfillment_service_integration/accepted location.fulfillment-service-integration.accepted
  location/fulfillment_service_integration/errored location.fulfillment-service-integration.errored
  location/fulfillment_service_integration/rejected location.fulfillment-service-integration.rejected
  collection/created collection.created
  collection/updated collection.updated
  catalog/created catalog.created
  catalog/updated catalog.updated
  vendor/created vendor.created
  vendor/updated vendor.updated
`;

const pathOf = ({ organizationPath }: (typeof CATALOGUE)[number]) =>
  organizationPath.by === 'body' ? organizationPath.path : 'by location';

describe('the catalogue', () => {
  it('has exactly the 57 documented pairs of type and topic', () => {
    const documented = DOCUMENTED.trim().split(/\s*\n\s*/);
    expect(documented).toHaveLength(57);
    expect(CATALOGUE.map(({ type, topic }) => `${type} ${topic}`)).toEqual(documented);
  });

  it('names no type and no topic twice', () => {
    expect(new Set(WEBHOOK_TYPES).size).toBe(57);
    expect(new Set(ORGANIZATION_TOPICS).size).toBe(57);
  });

  it('finds the organization at the top except for the documented 15 types', () => {
    const elsewhere = CATALOGUE.filter((row) => pathOf(row) !== 'organizationId');
    expect(elsewhere.map((row) => [row.type, pathOf(row)])).toEqual([
      ['stock_reference/movement_created', 'stockReference.organizationId'],
      ['stock_reference/movement_updated', 'stockReference.organizationId'],
      ['stock_reference/fulfillment_event', 'stockReference.organizationId'],
      ['product/image/created', 'product.organizationId'],
      ['product/image/removed', 'product.organizationId'],
      ['variant/tag/added', 'variant.organizationId'],
      ['variant/tag/removed', 'variant.organizationId'],
      ['variant/price/added', 'variant.organizationId'],
      ['variant/price/removed', 'variant.organizationId'],
      ['variant/image/created', 'variant.organizationId'],
      ['variant/image/removed', 'variant.organizationId'],
      ['location/fulfillment_service_integration/created', 'by location'],
      ['location/fulfillment_service_integration/accepted', 'by location'],
      ['location/fulfillment_service_integration/errored', 'by location'],
      ['location/fulfillment_service_integration/rejected', 'by location'],
    ]);
  });

  it('describes every type in one sentence of its own', () => {
    for (const { description } of CATALOGUE) expect(description).toMatch(/^An? .*\.$|^[A-Z].*\.$/);
    expect(new Set(CATALOGUE.map((row) => row.description)).size).toBe(57);
  });
});

describe('dispatch', () => {
  it('leaves delivery_order/updated out until it is switched on', () => {
    const off = subscribedTopics({ deliveryOrderUpdated: false });
    const on = subscribedTopics({ deliveryOrderUpdated: true });
    expect(on).toEqual(ORGANIZATION_TOPICS);
    expect(off).toEqual(ORGANIZATION_TOPICS.filter((topic) => topic !== 'delivery-order.updated'));
    const guarded = CATALOGUE.filter((row) => row.dispatched === 'when_enabled');
    expect(guarded.map((row) => row.type)).toEqual([DELIVERY_ORDER_UPDATED]);
    expect(dispatchedRows({ deliveryOrderUpdated: false })).toHaveLength(56);
  });
});

describe('isWebhookType', () => {
  it('knows the 57 types, the switched one too', () => {
    expect(WEBHOOK_TYPES.every(isWebhookType)).toBe(true);
    expect(isWebhookType(DELIVERY_ORDER_UPDATED)).toBe(true);
  });

  it.each([
    'order.created',
    'Order/created',
    ' order/created',
    'order/canceled',
    '',
    'constructor',
  ])('does not know %j', (value) => {
    expect(isWebhookType(value)).toBe(false);
  });

  it('knows nothing that is no string', () => {
    for (const value of [undefined, null, 0, ['order/created'], {}]) {
      expect(isWebhookType(value)).toBe(false);
    }
  });
});
