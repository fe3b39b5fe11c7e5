import type { WebhookType } from '../catalogue.js';
import type { JsonObject } from '../json-value.js';
import { LOCATION_ID, ORGANIZATION_ID, SUPPLIER_ID } from './sample-ids.js';

const ID = 'c1d2e3f4-a5b6-7890-cdef-567890123456';
const LINE = { id: 'd2e3f4a5-b6c7-8901-defa-678901234567', transferOrderId: ID };

const TRANSFER_ORDER = {
  id: ID,
  organizationId: ORGANIZATION_ID,
  locationId: LOCATION_ID,
  supplierId: SUPPLIER_ID,
  state: 'DRAFT',
  orderNumber: 'TO-2024-000087',
  externalReference: 'PO-4411',
  shippingDate: '2024-04-02T08:00:00.000Z',
  expectedDate: '2024-04-05T08:00:00.000Z',
  carrier: 'Geodis',
  tracking: null,
  comment: 'Livraison quai 3',
  emergency: false,
  containerNumber: 4,
  containerType: 'PALLET',
  lines: [{ ...LINE, state: 'OPENED' }],
  createdAt: '2024-03-20T10:00:00.000Z',
  issuedAt: '2024-03-20T10:00:00.000Z',
  updatedAt: '2024-03-20T10:00:00.000Z',
};

const updated = (updatedAt: string) => ({ ...TRANSFER_ORDER, state: 'OPENED', updatedAt });

export const TRANSFER_ORDER_SAMPLES = {
  'transfer_order/created': TRANSFER_ORDER,
  'transfer_order/updated': { ...updated('2024-03-22T09:30:00.000Z'), tracking: 'GEO-778812' },
  'transfer_order/cancelled': {
    ...updated('2024-03-23T09:00:00.000Z'),
    state: 'CANCELED',
    lines: [{ ...LINE, state: 'CANCELED' }],
  },
  'transfer_order/completed': {
    ...updated('2024-04-05T13:40:00.000Z'),
    state: 'COMPLETED',
    lines: [{ ...LINE, state: 'COMPLETED' }],
  },
  'transfer_order/opened': updated('2024-03-21T08:15:00.000Z'),
} satisfies Partial<Record<WebhookType, JsonObject>>;
