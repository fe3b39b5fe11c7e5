import type { WebhookType } from '../catalogue.js';
import type { JsonObject } from '../json-value.js';
import { COLLECTION_ID, ORGANIZATION_ID, PRODUCT_ID, VARIANT_ID } from './sample-ids.js';

const TIMES = { createdAt: '2024-02-01T09:05:00.000Z', updatedAt: '2024-03-02T11:20:00.000Z' };

const CORE = {
  id: VARIANT_ID,
  organizationId: ORGANIZATION_ID,
  productId: PRODUCT_ID,
  title: 'T-shirt bleu, M',
  reference: 'REF-TSHIRT-BLUE-M',
  sku: 'TSHIRT-BLUE-M',
  model: 'PRODUCT',
  status: 'ACTIVE',
};

const SUMMARY = { ...CORE, ...TIMES };
const SOURCE = { sourceType: 'CMS', virtualProduct: false };
const PRICE = { price: 24.9, vatRate: 0.2, currency: 'EUR' };

const VARIANT = {
  ...CORE,
  ...SOURCE,
  ...PRICE,
  description: null,
  barcode: '3760123456789',
  sourceId: 'e7f8a9b0-c1d2-3456-efab-123456789012',
  position: 1,
  height: 2.5,
  width: 30,
  length: 40,
  distanceUnit: 'CM',
  weight: 0.2,
  weightUnit: 'KG',
  volume: null,
  volumeUnit: null,
  alcoholRate: null,
  originCountry: 'PT',
};

const TAG = {
  id: 'f8a9b0c1-d2e3-4567-fabc-234567890123',
  name: 'nouveauté',
  description: null,
  level: 'PRIMARY',
  variant: SUMMARY,
  ...TIMES,
};

const VARIANT_PRICE = {
  id: 'a9b0c1d2-e3f4-5678-abcd-345678901234',
  price: 19.9,
  currency: 'EUR',
  collectionId: COLLECTION_ID,
  variant: { ...SUMMARY, price: 24.9, currency: 'EUR' },
};

const IMAGE = {
  id: 'b0c1d2e3-f4a5-6789-bcde-456789012345',
  name: 't-shirt-bleu-m.png',
  type: 'image/png',
  description: null,
  bucket: 'variant-images',
  destination: 'a1b2c3d4/t-shirt-bleu-m.png',
  sourceFile: 'IMG_2042.png',
  downloadUrl: 'https://images.example/a1b2c3d4/t-shirt-bleu-m.png',
  metadata: { width: 800, height: 800 },
  variant: SUMMARY,
  ...TIMES,
};

export const VARIANT_SAMPLES = {
  'variant/created': { ...VARIANT, status: 'DRAFT' },
  'variant/updated': { ...VARIANT, position: 2 },
  'variant/status_updated': { ...SUMMARY, ...SOURCE, publishedAt: '2024-03-02T11:20:00.000Z' },
  'variant/source_updated': { ...SUMMARY, ...SOURCE, sourceType: 'APP', sourceId: null },
  'variant/model_changed': {
    ...SUMMARY,
    ...SOURCE,
    ...PRICE,
    model: 'BUNDLE',
    weight: 0.6,
    weightUnit: 'KG',
  },
  'variant/tag/added': TAG,
  'variant/tag/removed': TAG,
  'variant/price/added': VARIANT_PRICE,
  'variant/price/removed': VARIANT_PRICE,
  'variant/image/created': IMAGE,
  'variant/image/removed': IMAGE,
} satisfies Partial<Record<WebhookType, JsonObject>>;
