import type { WebhookType } from '../catalogue.js';
import type { JsonObject } from '../json-value.js';
import { LOCATION_ID, ORDER_ID, ORGANIZATION_ID, SHIPPING_METHOD_ID } from './sample-ids.js';

const LINE = {
  id: 'c8d9e0f1-a2b3-4567-cdef-678901234567',
  status: 'PENDING',
  quantity: 2,
  fulfilledQuantity: 0,
};

const DELIVERY_ORDER = {
  id: 'e5f6a7b8-c9d0-1234-efab-890123456789',
  orderIds: [ORDER_ID],
  locationId: LOCATION_ID,
  organizationId: ORGANIZATION_ID,
  shippingMethodId: SHIPPING_METHOD_ID,
  shippingMethodName: 'Colissimo Domicile',
  collectPointId: null,
  collectPointCountry: null,
  collectPointZipCode: null,
  type: 'B2C',
  priority: 'NORMAL',
  issuedAt: '2024-03-15T09:00:00.000Z',
  lines: [LINE],
  events: [],
  status: 'DRAFT',
  fulfillmentType: 'WAREHOUSE',
};

const ACCEPTED = { type: 'FULFILLMENT_ACCEPTED', level: 'NORMAL' };

export const DELIVERY_ORDER_SAMPLES = {
  'delivery_order/created': DELIVERY_ORDER,
  'delivery_order/updated': { ...DELIVERY_ORDER, priority: 'HIGH' },
  'delivery_order/opened': {
    ...DELIVERY_ORDER,
    lines: [{ ...LINE, status: 'IN_PROGRESS' }],
    events: [ACCEPTED],
    status: 'OPENED',
  },
  'delivery_order/pending': { ...DELIVERY_ORDER, status: 'PENDING' },
  'delivery_order/cancelled': {
    ...DELIVERY_ORDER,
    lines: [{ ...LINE, status: 'CANCELED' }],
    events: [{ type: 'CANCELED', level: 'NORMAL' }],
    status: 'CANCELED',
  },
  'delivery_order/completed': {
    ...DELIVERY_ORDER,
    lines: [{ ...LINE, status: 'DELIVERED', fulfilledQuantity: 2 }],
    events: [ACCEPTED, { type: 'COMPLETED', level: 'NORMAL' }],
    status: 'COMPLETED',
  },
  'delivery_order/fulfillment_accepted': {
    ...DELIVERY_ORDER,
    lines: [{ ...LINE, status: 'ACCEPTED' }],
    events: [ACCEPTED],
    status: 'PENDING',
  },
} satisfies Partial<Record<WebhookType, JsonObject>>;
