import type { WebhookType } from '../catalogue.js';
import {
  type JsonSchema,
  choice,
  flag,
  id,
  integer,
  nullable,
  number,
  object,
  text,
  time,
} from './json-schema.js';
import {
  VARIANT_CORE,
  VARIANT_IMAGE,
  VARIANT_PRICE,
  VARIANT_TAG,
  VARIANT_TAG_REMOVED,
  VARIANT_TIMES,
} from './variant-part.js';

const SOURCE_TYPE = choice(['CMS', 'APP'], 'A storefront, or an application');
const VIRTUAL = flag('Nothing is shipped for it');

const PRICE = {
  price: nullable(number()),
  vatRate: nullable(number('As a fraction')),
  currency: nullable(text('ISO 4217')),
};

const VARIANT = object(
  'Variant',
  {
    ...VARIANT_CORE,
    description: nullable(text()),
    barcode: nullable(text('EAN or UPC')),
    sourceType: SOURCE_TYPE,
    sourceId: nullable(id('Its id at the source')),
    position: nullable(integer('Place within the product')),
    virtualProduct: VIRTUAL,
    ...PRICE,
    height: nullable(number()),
    width: nullable(number()),
    length: nullable(number()),
    distanceUnit: nullable(text('CM, IN, …')),
    weight: nullable(number()),
    weightUnit: nullable(text('KG, LB, …')),
    volume: nullable(number()),
    volumeUnit: nullable(text()),
    alcoholRate: nullable(number('Per cent')),
    originCountry: nullable(text()),
  },
  { incomplete: 'The table of fields is cut at originCountry.' },
);

const VARIANT_STATUS = object('VariantStatus', {
  ...VARIANT_CORE,
  sourceType: SOURCE_TYPE,
  virtualProduct: VIRTUAL,
  publishedAt: nullable(time('Publication')),
  ...VARIANT_TIMES,
});

const VARIANT_SOURCE = object('VariantSource', {
  ...VARIANT_CORE,
  sourceType: SOURCE_TYPE,
  sourceId: nullable(id('Its id at the source')),
  virtualProduct: VIRTUAL,
  ...VARIANT_TIMES,
});

const VARIANT_MODEL = object('VariantModel', {
  ...VARIANT_CORE,
  sourceType: SOURCE_TYPE,
  virtualProduct: VIRTUAL,
  ...PRICE,
  weight: nullable(number()),
  weightUnit: nullable(text()),
  ...VARIANT_TIMES,
});

export const VARIANT_SCHEMAS = {
  'variant/created': VARIANT,
  'variant/updated': VARIANT,
  'variant/status_updated': VARIANT_STATUS,
  'variant/source_updated': VARIANT_SOURCE,
  'variant/model_changed': VARIANT_MODEL,
  'variant/tag/added': VARIANT_TAG,
  'variant/tag/removed': VARIANT_TAG_REMOVED,
  'variant/price/added': VARIANT_PRICE,
  'variant/price/removed': VARIANT_PRICE,
  'variant/image/created': VARIANT_IMAGE,
  'variant/image/removed': VARIANT_IMAGE,
} satisfies Partial<Record<WebhookType, JsonSchema>>;
