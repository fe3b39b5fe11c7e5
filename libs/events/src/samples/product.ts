import type { WebhookType } from '../catalogue.js';
import type { JsonObject } from '../json-value.js';
import { ORGANIZATION_ID, PRODUCT_ID, SUPPLIER_ID, VENDOR_ID } from './sample-ids.js';

const TIMES = { createdAt: '2024-02-01T09:00:00.000Z', updatedAt: '2024-02-20T15:45:00.000Z' };

const SUMMARY = {
  id: PRODUCT_ID,
  organizationId: ORGANIZATION_ID,
  title: 'T-shirt bleu',
  slug: 't-shirt-bleu',
  status: 'ACTIVE',
  model: 'PRODUCT',
  ...TIMES,
};

const PRODUCT = {
  ...SUMMARY,
  description: 'Coton biologique, coupe droite',
  scope: 'GLOBAL',
  fragile: false,
  suspended: false,
  heatSensitive: false,
  parcels: 1,
  price: 24.9,
  vatRate: 0.2,
  currency: 'EUR',
  supplierId: SUPPLIER_ID,
  vendorId: VENDOR_ID,
  preparationProfileId: null,
};

const IMAGE = {
  product: SUMMARY,
  id: 'd6e7f8a9-b0c1-2345-defa-012345678901',
  name: 't-shirt-bleu.jpg',
  type: 'image/jpeg',
  description: 'T-shirt bleu, de face',
  bucket: 'product-images',
  destination: 'a1b2c3d4/t-shirt-bleu.jpg',
  sourceFile: 'IMG_2041.jpg',
  downloadUrl: 'https://images.example/a1b2c3d4/t-shirt-bleu.jpg',
  metadata: { width: 1600, height: 1200 },
  ...TIMES,
};

export const PRODUCT_SAMPLES = {
  'product/created': { ...PRODUCT, status: 'DRAFT', updatedAt: TIMES.createdAt },
  'product/updated': { ...PRODUCT, price: 22.9 },
  'product/status_updated': { ...PRODUCT, status: 'ARCHIVED' },
  'product/image/created': IMAGE,
  'product/image/removed': { ...IMAGE, metadata: null },
} satisfies Partial<Record<WebhookType, JsonObject>>;
