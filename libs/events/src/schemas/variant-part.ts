import { IMAGE_FIELDS } from './image.js';
import { assumed, choice, id, nullable, number, object, text, time } from './json-schema.js';

/** The fields that every form of a variant has. */
export const VARIANT_CORE = {
  id: id('Variant'),
  organizationId: id('Owner'),
  productId: id('Its product'),
  title: nullable(text('Name shown to people')),
  reference: text('Internal reference, unique in the organization'),
  sku: text('Stock keeping unit, unique in the organization'),
  model: choice(['PRODUCT', 'BUNDLE']),
  status: nullable(choice(['DRAFT', 'ACTIVE', 'ARCHIVED', 'DISABLED', 'HOLD'])),
};

export const VARIANT_TIMES = { createdAt: time('Creation'), updatedAt: time('Last change') };

const VARIANT_SUMMARY = object('VariantSummary', { ...VARIANT_CORE, ...VARIANT_TIMES });

const PRICED_VARIANT_SUMMARY = object('PricedVariantSummary', {
  ...VARIANT_CORE,
  price: nullable(number('Price where no collection has its own')),
  currency: nullable(text('Currency of that price')),
  ...VARIANT_TIMES,
});

export const VARIANT_TAG = object('VariantTag', {
  id: id('Tag'),
  name: text(),
  description: nullable(text()),
  level: text('Level of the classification'),
  variant: VARIANT_SUMMARY,
  ...VARIANT_TIMES,
});

export const VARIANT_TAG_REMOVED = assumed(
  VARIANT_TAG,
  'The platform has no page for this event; its counterpart carries this object.',
);

export const VARIANT_PRICE = object('VariantPrice', {
  id: id('Price'),
  price: nullable(number('Amount without tax; on removal the one that was removed')),
  currency: nullable(text('ISO 4217')),
  collectionId: id('Catalog or collection for which it holds'),
  variant: PRICED_VARIANT_SUMMARY,
});

export const VARIANT_IMAGE = object('VariantImage', { ...IMAGE_FIELDS, variant: VARIANT_SUMMARY });
