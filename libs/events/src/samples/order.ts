import type { WebhookType } from '../catalogue.js';
import type { JsonObject } from '../json-value.js';
import { ORDER_ID, ORGANIZATION_ID, SHIPPING_METHOD_ID } from './sample-ids.js';

const LINE = { id: 'b7c8d9e0-f1a2-3456-bcde-567890123456', quantity: 2, fulfilledQuantity: 0 };

const ORDER = {
  id: ORDER_ID,
  externalReference: 'SHOP-12345',
  organizationId: ORGANIZATION_ID,
  tpAppId: 'e5f6a7b8-c9d0-1234-efab-345678901234',
  shippingMethodId: SHIPPING_METHOD_ID,
  shippingMethodName: 'Colissimo Domicile',
  collectPointId: null,
  collectPointCountry: null,
  collectPointZipCode: null,
  lines: [{ ...LINE, status: 'PENDING' }],
  type: 'B2C',
  dispatchingType: 'AUTOMATIC',
  total: 83.25,
  totalTaxInclusive: 99.9,
  totalShipping: 4.9,
  totalDiscount: 0,
  state: 'OPENED',
  locked: false,
};

export const ORDER_SAMPLES = {
  'order/created': ORDER,
  'order/updated': { ...ORDER, lines: [{ ...LINE, status: 'ACCEPTED' }] },
  'order/completed': {
    ...ORDER,
    lines: [{ ...LINE, fulfilledQuantity: 2, status: 'DELIVERED' }],
    state: 'COMPLETED',
  },
  'order/cancelled': { ...ORDER, lines: [{ ...LINE, status: 'CANCELED' }] },
} satisfies Partial<Record<WebhookType, JsonObject>>;
