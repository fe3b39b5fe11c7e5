import type { WebhookType } from '../catalogue.js';
import {
  type JsonSchema,
  choice,
  id,
  integer,
  nullable,
  number,
  object,
  text,
  time,
} from './json-schema.js';

const IDENTITY = {
  id: id('Stock reference'),
  organizationId: id('Owner'),
  locationId: nullable(id('Location that holds the stock')),
  productVariantId: id('Variant'),
  reference: text('Internal reference'),
  sku: text('Stock keeping unit'),
  status: choice(['DRAFT', 'VALID', 'ON_HOLD', 'INVALID']),
  model: choice(['PRODUCT', 'BUNDLE']),
};

const QUANTITIES = {
  physicalQuantity: integer('Units on the shelf'),
  usableQuantity: integer('Units that may be promised'),
  reservedQuantity: integer('Units promised to pending orders, 0 by default'),
  criticalThreshold: integer('Below it the stock counts as low'),
};

const SNAPSHOT = {
  lastSnapshotAt: nullable(time('Last inventory')),
  lastSnapshotValue: nullable(integer('Units at the last inventory')),
};

const DIMENSIONS = {
  height: nullable(number()),
  width: nullable(number()),
  length: nullable(number()),
  distanceUnit: nullable(text('Unit of the lengths')),
  weight: nullable(number()),
  weightUnit: nullable(text('Unit of the weight')),
};

const TIMES = { createdAt: time('Creation'), updatedAt: time('Last change') };

const STOCK_REFERENCE = object('StockReference', {
  ...IDENTITY,
  ...QUANTITIES,
  ...SNAPSHOT,
  ...DIMENSIONS,
  ...TIMES,
});

const STOCK_REFERENCE_EXCERPT = object(
  'StockReferenceExcerpt',
  { ...IDENTITY, ...QUANTITIES, ...SNAPSHOT, ...DIMENSIONS, ...TIMES },
  {
    optional: ['createdAt', 'updatedAt'],
    incomplete: 'The table of fields is cut after the snapshot or within the dimensions.',
  },
);

const STOCK_REFERENCE_SUMMARY = object('StockReferenceSummary', IDENTITY);

const STOCK_REFERENCE_STATE = object('StockReferenceState', {
  ...IDENTITY,
  ...QUANTITIES,
  ...TIMES,
});

const STOCK_MOVEMENT = object(
  'StockMovement',
  {},
  { incomplete: 'The table of movements is not published.' },
);

const FULFILLMENT_EVENT = object(
  'StockFulfillmentEvent',
  {
    id: id('Fulfillment event'),
    stockReferenceId: id('Stock reference that it concerns'),
    stockReference: STOCK_REFERENCE_SUMMARY,
    type: choice([
      'FULFILLMENT_ACCEPTED',
      'FULFILLMENT_REJECTED',
      'INTEGRATED',
      'INTEGRATION_ERROR',
      'REMOVED',
      'CRITICAL_STOCK_LEVEL',
      'AWAITING_STOCK',
    ]),
    level: choice(['NORMAL', 'WARNING', 'ERROR']),
    message: nullable(text('Explanation')),
  },
  { incomplete: 'The table of fields is cut, and that of the parent is not published here.' },
);

export const STOCK_REFERENCE_SCHEMAS = {
  'stock_reference/created': STOCK_REFERENCE_EXCERPT,
  'stock_reference/updated': STOCK_REFERENCE_EXCERPT,
  'stock_reference/movement_created': object('StockMovementCreated', {
    stockReference: STOCK_REFERENCE_SUMMARY,
    movement: STOCK_MOVEMENT,
  }),
  'stock_reference/movement_updated': object('StockMovementUpdated', {
    stockReference: STOCK_REFERENCE_STATE,
    movement: STOCK_MOVEMENT,
  }),
  'stock_reference/fulfillment_event': FULFILLMENT_EVENT,
  'stock_reference/sku_updated': STOCK_REFERENCE,
  'stock_reference/status_updated': STOCK_REFERENCE_EXCERPT,
} satisfies Partial<Record<WebhookType, JsonSchema>>;
