import type { WebhookType } from '../catalogue.js';
import { type JsonSchema, choice, id, nullable, object, text, time } from './json-schema.js';

const TIMES = { createdAt: time('Creation'), updatedAt: time('Last change') };

const COLLECTION = object('Collection', {
  id: id('Collection'),
  organizationId: id('Owner'),
  name: text('Internal name, unique, never changed'),
  title: text('Name shown to people'),
  description: nullable(text()),
  ...TIMES,
});

const CATALOG = object('Catalog', {
  id: id('Catalog'),
  organizationId: id('Owner'),
  name: text('Internal name, unique, never changed'),
  title: text('Name shown to people'),
  description: nullable(text()),
  status: choice(['DRAFT', 'ACTIVE', 'DISABLED', 'ARCHIVED']),
  ...TIMES,
});

const VENDOR = object('Vendor', {
  id: id('Vendor'),
  organizationId: id('Owner'),
  name: text('Unique in the organization; the only field that changes'),
  ...TIMES,
});

/** What is sold, how it is grouped, and by whom: collections, catalogs and vendors. */
export const ASSORTMENT_SCHEMAS = {
  'collection/created': COLLECTION,
  'collection/updated': COLLECTION,
  'catalog/created': CATALOG,
  'catalog/updated': CATALOG,
  'vendor/created': VENDOR,
  'vendor/updated': VENDOR,
} satisfies Partial<Record<WebhookType, JsonSchema>>;
