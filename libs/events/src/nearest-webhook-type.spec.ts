import { describe, expect, it } from 'vitest';
import { CATALOGUE, WEBHOOK_TYPES } from './catalogue.js';
import { nearestWebhookType } from './nearest-webhook-type.js';

describe('the type that was probably meant', () => {
  it.each([
    ['order.created', 'order/created'],
    ['orders/create', 'order/created'],
    ['ORDER/CANCELED', 'order/cancelled'],
    ['delivery-order/opened', 'delivery_order/opened'],
    ['shipment/shipping-event', 'shipment/shipping_event'],
    ['created/order', 'order/created'],
  ])('by %s is %s', (text, nearest) => {
    expect(nearestWebhookType(text)).toBe(nearest);
  });

  it('is the type itself for every type, and for every topic its type', () => {
    expect(WEBHOOK_TYPES.map(nearestWebhookType)).toEqual(WEBHOOK_TYPES);
    expect(CATALOGUE.map(({ topic }) => nearestWebhookType(topic))).toEqual(
      CATALOGUE.map(({ type }) => type),
    );
  });

  it.each(['', '*', '/', 'invoice/paid', '𝔬𝔯𝔡𝔢𝔯', '0'.repeat(1_000)])(
    'is none, where nothing is near: "%.20s"',
    (text) => {
      expect(nearestWebhookType(text)).toBeUndefined();
    },
  );
});
