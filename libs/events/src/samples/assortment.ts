import type { WebhookType } from '../catalogue.js';
import type { JsonObject } from '../json-value.js';
import { COLLECTION_ID, ORGANIZATION_ID, VENDOR_ID } from './sample-ids.js';

const COLLECTION = {
  id: COLLECTION_ID,
  organizationId: ORGANIZATION_ID,
  name: 'summer-collection-2024',
  title: 'Summer Collection 2024',
  description: 'Our seasonal summer clothing and accessories range for 2024',
  createdAt: '2024-03-01T09:00:00.000Z',
  updatedAt: '2024-03-01T09:00:00.000Z',
};

const CATALOG = {
  id: 'a8b9c0d1-e2f3-4567-abcd-890123456789',
  organizationId: ORGANIZATION_ID,
  name: 'main-catalog-fr',
  title: 'Catalogue Principal France',
  description: 'Main product catalog for the French market',
  status: 'DRAFT',
  createdAt: '2024-02-01T08:00:00.000Z',
  updatedAt: '2024-02-01T08:00:00.000Z',
};

const VENDOR = {
  id: VENDOR_ID,
  organizationId: ORGANIZATION_ID,
  name: 'Nike',
  createdAt: '2024-01-15T10:00:00.000Z',
  updatedAt: '2024-01-15T10:00:00.000Z',
};

/** Collections, catalogs and vendors. */
export const ASSORTMENT_SAMPLES = {
  'collection/created': COLLECTION,
  'collection/updated': {
    ...COLLECTION,
    title: 'Summer Collection 2024 — Extended',
    description: 'Our seasonal summer clothing, accessories, and new swimwear range for 2024',
    updatedAt: '2024-04-15T11:30:00.000Z',
  },
  'catalog/created': CATALOG,
  'catalog/updated': {
    ...CATALOG,
    description: 'Main product catalog for the French market — Spring/Summer 2024',
    status: 'ACTIVE',
    updatedAt: '2024-03-10T14:00:00.000Z',
  },
  'vendor/created': VENDOR,
  'vendor/updated': { ...VENDOR, name: 'Nike — Official', updatedAt: '2024-06-20T16:00:00.000Z' },
} satisfies Partial<Record<WebhookType, JsonObject>>;
