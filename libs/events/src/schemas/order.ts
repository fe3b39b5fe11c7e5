import type { WebhookType } from '../catalogue.js';
import {
  type JsonSchema,
  always,
  choice,
  eachItem,
  expecting,
  flag,
  id,
  integer,
  list,
  nullable,
  number,
  object,
  text,
} from './json-schema.js';

const ORDER_LINE = object(
  'OrderLine',
  {
    id: id(),
    status: text('For example PENDING, ACCEPTED, FULFILLED, DELIVERED, CANCELED'),
    quantity: integer('Ordered units'),
    fulfilledQuantity: integer('Units fulfilled so far'),
  },
  {
    optional: ['id', 'status', 'quantity', 'fulfilledQuantity'],
    incomplete: 'The table of order lines is not published; these fields are named in passing.',
  },
);

const ORDER = object(
  'Order',
  {
    id: id('Order'),
    externalReference: nullable(text('Its reference in the platform it came from')),
    organizationId: id('Owner'),
    tpAppId: nullable(id('Application that created the order')),
    shippingMethodId: nullable(id('Shipping method')),
    shippingMethodName: nullable(text('Label of the shipping method')),
    collectPointId: nullable(text('Pickup point, when delivered to one')),
    collectPointCountry: nullable(text('Country code of the pickup point')),
    collectPointZipCode: nullable(text('Zip code of the pickup point')),
    lines: list(ORDER_LINE, 'Order lines'),
    type: choice(['B2B', 'B2C']),
    dispatchingType: choice(['MANUAL', 'AUTOMATIC']),
    total: nullable(number('Total without tax')),
    totalTaxInclusive: nullable(number('Total with tax')),
    totalShipping: nullable(number('Shipping')),
    totalDiscount: nullable(number('Discounts')),
    state: text('For example OPENED, COMPLETED; there is no cancelled state'),
    locked: flag(),
  },
  {
    optional: ['state', 'locked'],
    incomplete: 'The table of fields is cut after the totals.',
  },
);

export const ORDER_SCHEMAS = {
  'order/created': ORDER,
  'order/updated': ORDER,
  'order/completed': expecting(ORDER, {
    state: always('COMPLETED'),
    locked: always(false),
    lines: eachItem(
      { status: choice(['FULFILLED', 'DELIVERED']) },
      'fulfilledQuantity equals quantity',
    ),
  }),
  'order/cancelled': expecting(ORDER, {
    locked: always(false),
    lines: eachItem({ status: always('CANCELED') }, 'The cancellation shows only here'),
  }),
} satisfies Partial<Record<WebhookType, JsonSchema>>;
