import type { WebhookType } from '../catalogue.js';
import {
  type JsonSchema,
  always,
  assumed,
  choice,
  eachItem,
  expecting,
  id,
  integer,
  list,
  nullable,
  object,
  text,
  time,
} from './json-schema.js';

const DELIVERY_ORDER_LINE = object(
  'DeliveryOrderLine',
  {
    id: id(),
    status: text('For example IN_PROGRESS, FULFILLED, DELIVERED, CANCELED'),
    quantity: integer('Units to deliver'),
    fulfilledQuantity: integer('Units fulfilled so far'),
  },
  {
    optional: ['id', 'status', 'quantity', 'fulfilledQuantity'],
    incomplete: 'The table of lines is not published; these fields are named in passing.',
  },
);

const DELIVERY_ORDER_EVENT = object(
  'DeliveryOrderFulfillmentEvent',
  {
    type: text('For example FULFILLMENT_ACCEPTED, COMPLETED, CANCELED'),
    level: text('For example NORMAL'),
  },
  {
    optional: ['type', 'level'],
    incomplete: 'The table of fulfillment events is not published.',
  },
);

const DELIVERY_ORDER = object(
  'DeliveryOrder',
  {
    id: id('Delivery order'),
    orderIds: nullable(list(id(), 'The orders it delivers, one or more')),
    locationId: nullable(id('Location that is to fulfil it')),
    organizationId: id('Owner'),
    shippingMethodId: nullable(id('Shipping method')),
    shippingMethodName: nullable(text('Label of the shipping method')),
    collectPointId: nullable(text('Pickup point, when delivered to one')),
    collectPointCountry: nullable(text('Country code of the pickup point')),
    collectPointZipCode: nullable(text('Zip code of the pickup point')),
    type: choice(['B2B', 'B2C']),
    priority: choice(['LOW', 'NORMAL', 'HIGH']),
    issuedAt: time('When the original order was placed'),
    lines: list(DELIVERY_ORDER_LINE, 'Lines'),
    events: nullable(list(DELIVERY_ORDER_EVENT, 'Fulfillment events so far')),
    status: text('For example PENDING, OPENED, COMPLETED'),
    fulfillmentType: text('For example WAREHOUSE'),
  },
  {
    optional: ['status', 'fulfillmentType'],
    incomplete: 'The table of fields is cut at the events.',
  },
);

const ACCEPTED_EVENT: JsonSchema = {
  type: 'array',
  description: 'The acceptance is among them',
  contains: {
    type: 'object',
    required: ['type', 'level'],
    properties: { type: always('FULFILLMENT_ACCEPTED'), level: always('NORMAL') },
  },
};

export const DELIVERY_ORDER_SCHEMAS = {
  'delivery_order/created': DELIVERY_ORDER,
  'delivery_order/updated': DELIVERY_ORDER,
  'delivery_order/opened': assumed(
    DELIVERY_ORDER,
    'The platform has no page for this event; its siblings carry this object.',
  ),
  'delivery_order/pending': expecting(DELIVERY_ORDER, { status: always('PENDING') }),
  'delivery_order/cancelled': expecting(DELIVERY_ORDER, {
    lines: eachItem({ status: always('CANCELED') }),
  }),
  'delivery_order/completed': expecting(DELIVERY_ORDER, {
    status: always('COMPLETED'),
    lines: eachItem(
      { status: choice(['FULFILLED', 'DELIVERED']) },
      'fulfilledQuantity equals quantity',
    ),
  }),
  'delivery_order/fulfillment_accepted': expecting(DELIVERY_ORDER, { events: ACCEPTED_EVENT }),
} satisfies Partial<Record<WebhookType, JsonSchema>>;
