import type { WebhookType } from '../catalogue.js';
import type { JsonObject } from '../json-value.js';
import { LOCATION_ID, ORGANIZATION_ID, VARIANT_ID } from './sample-ids.js';

const IDENTITY = {
  id: 'a3b4c5d6-e7f8-9012-abcd-789012345678',
  organizationId: ORGANIZATION_ID,
  locationId: LOCATION_ID,
  productVariantId: VARIANT_ID,
  reference: 'STK-0001',
  sku: 'TSHIRT-BLUE-M',
  status: 'VALID',
  model: 'PRODUCT',
};

const QUANTITIES = {
  physicalQuantity: 120,
  usableQuantity: 100,
  reservedQuantity: 20,
  criticalThreshold: 10,
};

const TIMES = { createdAt: '2024-01-10T08:00:00.000Z', updatedAt: '2024-03-15T16:30:00.000Z' };

const STOCK_REFERENCE = {
  ...IDENTITY,
  ...QUANTITIES,
  lastSnapshotAt: '2024-03-01T00:00:00.000Z',
  lastSnapshotValue: 118,
};

const DIMENSIONS = {
  height: 2.5,
  width: 30,
  length: 40,
  distanceUnit: 'CM',
  weight: 0.2,
  weightUnit: 'KG',
};

const MOVEMENT = { id: 'b4c5d6e7-f8a9-0123-bcde-890123456789', quantity: -2, status: 'PENDING' };

export const STOCK_REFERENCE_SAMPLES = {
  'stock_reference/created': {
    ...STOCK_REFERENCE,
    status: 'DRAFT',
    physicalQuantity: 0,
    usableQuantity: 0,
    reservedQuantity: 0,
    lastSnapshotAt: null,
    lastSnapshotValue: null,
  },
  'stock_reference/updated': { ...STOCK_REFERENCE, ...DIMENSIONS, ...TIMES },
  'stock_reference/movement_created': { stockReference: IDENTITY, movement: MOVEMENT },
  'stock_reference/movement_updated': {
    stockReference: { ...IDENTITY, ...QUANTITIES, ...TIMES },
    movement: { ...MOVEMENT, status: 'CONFIRMED' },
  },
  'stock_reference/fulfillment_event': {
    id: 'c5d6e7f8-a9b0-1234-cdef-901234567890',
    stockReferenceId: IDENTITY.id,
    stockReference: IDENTITY,
    type: 'CRITICAL_STOCK_LEVEL',
    level: 'WARNING',
    message: 'The usable quantity fell below 10.',
  },
  'stock_reference/sku_updated': {
    ...STOCK_REFERENCE,
    ...DIMENSIONS,
    ...TIMES,
    sku: 'TSHIRT-BLUE-MEDIUM',
  },
  'stock_reference/status_updated': { ...STOCK_REFERENCE, status: 'ON_HOLD' },
} satisfies Partial<Record<WebhookType, JsonObject>>;
