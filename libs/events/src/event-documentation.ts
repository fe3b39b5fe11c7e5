import type { WebhookType } from './catalogue.js';
import type { JsonObject } from './json-value.js';
import { ASSORTMENT_SAMPLES } from './samples/assortment.js';
import { DELIVERY_ORDER_SAMPLES } from './samples/delivery-order.js';
import { LOCATION_SAMPLES } from './samples/location.js';
import { ORDER_SAMPLES } from './samples/order.js';
import { PRODUCT_SAMPLES } from './samples/product.js';
import { SHIPMENT_SAMPLES } from './samples/shipment.js';
import { STOCK_REFERENCE_SAMPLES } from './samples/stock-reference.js';
import { TRANSFER_ORDER_SAMPLES } from './samples/transfer-order.js';
import { VARIANT_SAMPLES } from './samples/variant.js';
import { ASSORTMENT_SCHEMAS } from './schemas/assortment.js';
import { DELIVERY_ORDER_SCHEMAS } from './schemas/delivery-order.js';
import type { JsonSchema } from './schemas/json-schema.js';
import { LOCATION_SCHEMAS } from './schemas/location.js';
import { ORDER_SCHEMAS } from './schemas/order.js';
import { PRODUCT_SCHEMAS } from './schemas/product.js';
import { SHIPMENT_SCHEMAS } from './schemas/shipment.js';
import { STOCK_REFERENCE_SCHEMAS } from './schemas/stock-reference.js';
import { TRANSFER_ORDER_SCHEMAS } from './schemas/transfer-order.js';
import { VARIANT_SCHEMAS } from './schemas/variant.js';

/** What is documented of the body of one event type. */
export interface EventDocumentation {
  /** JSON Schema, draft 2020-12, complete in itself. */
  readonly schema: JsonSchema;
  /** One body that fits the schema. */
  readonly sample: JsonObject;
  /** Set where the platform does not confirm the name of the topic. */
  readonly unconfirmedTopic?: true;
}

// A type without a schema or without a sample does not compile: both records name every type.
const SCHEMAS: Readonly<Record<WebhookType, JsonSchema>> = {
  ...ORDER_SCHEMAS,
  ...DELIVERY_ORDER_SCHEMAS,
  ...SHIPMENT_SCHEMAS,
  ...STOCK_REFERENCE_SCHEMAS,
  ...PRODUCT_SCHEMAS,
  ...VARIANT_SCHEMAS,
  ...TRANSFER_ORDER_SCHEMAS,
  ...LOCATION_SCHEMAS,
  ...ASSORTMENT_SCHEMAS,
};

const SAMPLES: Readonly<Record<WebhookType, JsonObject>> = {
  ...ORDER_SAMPLES,
  ...DELIVERY_ORDER_SAMPLES,
  ...SHIPMENT_SAMPLES,
  ...STOCK_REFERENCE_SAMPLES,
  ...PRODUCT_SAMPLES,
  ...VARIANT_SAMPLES,
  ...TRANSFER_ORDER_SAMPLES,
  ...LOCATION_SAMPLES,
  ...ASSORTMENT_SAMPLES,
};

const UNCONFIRMED_TOPICS: ReadonlySet<WebhookType> = new Set([
  'delivery_order/opened',
  'variant/tag/removed',
]);

/**
 * Schema and sample of one type, for the AsyncAPI file, the tests and the demonstration. Nothing
 * that receives events may validate with it: the platform changes its bodies when it likes, and a
 * body is delivered as it came.
 */
export function documentationOf(type: WebhookType): EventDocumentation {
  const both = { schema: SCHEMAS[type], sample: SAMPLES[type] };
  return UNCONFIRMED_TOPICS.has(type) ? { ...both, unconfirmedTopic: true } : both;
}
