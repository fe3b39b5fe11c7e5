import type { WebhookType } from '../catalogue.js';
import type { JsonObject } from '../json-value.js';
import { LOCATION_ID, ORGANIZATION_ID, SHIPPING_METHOD_ID } from './sample-ids.js';

const CREATED = { type: 'LABEL_CREATED', date: '2024-03-15T14:00:00.000Z' };
const IN_TRANSIT = { type: 'IN_TRANSIT', date: '2024-03-15T19:42:10.000Z' };
const DELIVERED = { type: 'DELIVERED', date: '2024-03-17T10:12:31.000Z' };

const SHIPMENT = {
  id: 'f2a3b4c5-d6e7-8901-fabc-678901234567',
  externalId: 'CLS-9387263847',
  locationId: LOCATION_ID,
  organizationId: ORGANIZATION_ID,
  shippingMethodId: SHIPPING_METHOD_ID,
  shippingMethodName: 'Colissimo Domicile',
  details: [{ sku: 'TSHIRT-BLUE-M', quantity: 2 }],
  addresses: [{ type: 'DELIVERY', city: 'Orléans', zipCode: '45000', country: 'FR' }],
  events: [CREATED],
  lastEvent: CREATED.type,
  state: 'OPENED',
  label: '1Z999AA10123456784',
  reference: 'SHP-2024-001234',
  trackingUrl: 'https://carrier.example/track/CLS-9387263847',
  tracking: 'CLS-9387263847',
  meta: { fragile: false },
  issuedAt: '2024-03-15T14:00:00.000Z',
};

export const SHIPMENT_SAMPLES = {
  'shipment/created': SHIPMENT,
  'shipment/completed': {
    ...SHIPMENT,
    events: [CREATED, IN_TRANSIT, DELIVERED],
    lastEvent: DELIVERED.type,
    state: 'COMPLETED',
    deliveredAt: DELIVERED.date,
  },
  'shipment/shipping_event': {
    ...SHIPMENT,
    events: [CREATED, IN_TRANSIT],
    lastEvent: IN_TRANSIT.type,
  },
} satisfies Partial<Record<WebhookType, JsonObject>>;
