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
  object,
  text,
  time,
} from './json-schema.js';

const TRANSFER_ORDER_LINE = object(
  'TransferOrderLine',
  {
    id: id('Line'),
    transferOrderId: id('Its transfer order'),
    state: text('For example CANCELED'),
  },
  { optional: ['state'], incomplete: 'The table of lines is cut after transferOrderId.' },
);

const TRANSFER_ORDER = object('TransferOrder', {
  id: id('Transfer order'),
  organizationId: id('Owner'),
  locationId: id('Location that receives the goods'),
  supplierId: nullable(id('Supplier')),
  state: choice(['DRAFT', 'OPENED', 'CANCELED', 'COMPLETED']),
  orderNumber: text('Number for people'),
  externalReference: nullable(text('For example the purchase order of the supplier')),
  shippingDate: time('Planned shipping'),
  expectedDate: time('Expected arrival'),
  carrier: nullable(text()),
  tracking: nullable(text()),
  comment: nullable(text()),
  emergency: nullable(flag('Needed at once')),
  containerNumber: nullable(integer('Number of containers or pallets')),
  containerType: choice(['BOX', 'PALLET', 'CONTAINER']),
  lines: list(TRANSFER_ORDER_LINE, 'Lines'),
  createdAt: time(),
  issuedAt: time(),
  updatedAt: time(),
});

export const TRANSFER_ORDER_SCHEMAS = {
  'transfer_order/created': TRANSFER_ORDER,
  'transfer_order/updated': TRANSFER_ORDER,
  'transfer_order/cancelled': expecting(TRANSFER_ORDER, {
    state: always('CANCELED'),
    lines: eachItem({ state: always('CANCELED') }),
  }),
  'transfer_order/completed': expecting(TRANSFER_ORDER, { state: always('COMPLETED') }),
  'transfer_order/opened': expecting(TRANSFER_ORDER, { state: always('OPENED') }),
} satisfies Partial<Record<WebhookType, JsonSchema>>;
