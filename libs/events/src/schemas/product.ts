import type { WebhookType } from '../catalogue.js';
import { IMAGE_FIELDS } from './image.js';
import {
  type JsonSchema,
  choice,
  flag,
  id,
  incomplete,
  integer,
  nullable,
  number,
  object,
  text,
  time,
} from './json-schema.js';

const STATUS = nullable(choice(['DRAFT', 'ACTIVE', 'ARCHIVED', 'DISABLED', 'HOLD']));
const MODEL = choice(['PRODUCT', 'BUNDLE']);

const PRODUCT = object('Product', {
  id: id('Product'),
  organizationId: id('Owner'),
  title: nullable(text('Name shown to people')),
  description: nullable(text()),
  slug: nullable(text('Name in addresses, unique in the organization')),
  status: STATUS,
  scope: choice(['GLOBAL', 'LOCAL']),
  model: MODEL,
  fragile: flag('False by default'),
  suspended: flag('False by default'),
  heatSensitive: flag('Needs the cold chain; false by default'),
  parcels: integer('Parcels needed to ship one unit, 1 by default'),
  price: nullable(number('Base price without tax')),
  vatRate: nullable(number('As a fraction, for example 0.2')),
  currency: nullable(text('ISO 4217')),
  supplierId: nullable(id()),
  vendorId: nullable(id()),
  preparationProfileId: nullable(id()),
  createdAt: time('Creation'),
  updatedAt: time('Last change'),
});

const PRODUCT_SUMMARY = object('ProductSummary', {
  id: id('Product'),
  organizationId: id('Owner'),
  title: nullable(text()),
  slug: nullable(text()),
  status: STATUS,
  model: MODEL,
  createdAt: time('Creation'),
  updatedAt: time('Last change'),
});

const PRODUCT_IMAGE = object('ProductImage', { product: PRODUCT_SUMMARY, ...IMAGE_FIELDS });

export const PRODUCT_SCHEMAS = {
  'product/created': PRODUCT,
  'product/updated': PRODUCT,
  'product/status_updated': incomplete(PRODUCT, 'The page of this event shows only a part of it.'),
  'product/image/created': PRODUCT_IMAGE,
  'product/image/removed': PRODUCT_IMAGE,
} satisfies Partial<Record<WebhookType, JsonSchema>>;
