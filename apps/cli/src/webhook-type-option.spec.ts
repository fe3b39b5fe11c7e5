import { WEBHOOK_TYPES, nearestWebhookType } from '@app/events';
import { describe, expect, it } from 'vitest';
import { webhookType } from './webhook-type-option.js';

describe('webhookType', () => {
  it('takes every documented type', () => {
    expect(WEBHOOK_TYPES.map(webhookType)).toEqual(WEBHOOK_TYPES);
  });

  it.each([
    ['order.created', 'order/created'],
    ['orders/create', 'order/created'],
    ['ORDER/CANCELED', 'order/cancelled'],
    ['delivery-order/opened', 'delivery_order/opened'],
    ['shipment/shipping-event', 'shipment/shipping_event'],
    ['created/order', 'order/created'],
  ])('suggests for %s the nearest type, %s', (text, nearest) => {
    expect(() => webhookType(text)).toThrow(`Did you mean ${nearest}?`);
  });

  it('suggests nothing where nothing is near', () => {
    expect(nearestWebhookType('')).toBeUndefined();
    expect(nearestWebhookType('*')).toBeUndefined();
    expect(nearestWebhookType('invoice/paid')).toBeUndefined();
    expect(() => webhookType('*')).toThrow(/^It is none of the 57 event types\.$/);
  });
});
