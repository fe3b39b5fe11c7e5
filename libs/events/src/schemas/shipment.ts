import type { WebhookType } from '../catalogue.js';
import {
  type JsonSchema,
  always,
  anyObject,
  choice,
  expecting,
  id,
  list,
  nullable,
  object,
  text,
  time,
} from './json-schema.js';

const NOT_PUBLISHED = 'The table of these objects is not published.';

const SHIPMENT_DETAIL = object('ShipmentDetail', {}, { incomplete: NOT_PUBLISHED });
const SHIPMENT_ADDRESS = object('ShipmentAddress', {}, { incomplete: NOT_PUBLISHED });
const SHIPPING_EVENT = object('ShippingEvent', {}, { incomplete: NOT_PUBLISHED });

const SHIPMENT = object(
  'Shipment',
  {
    id: id('Shipment'),
    externalId: nullable(text('Reference given by the carrier')),
    locationId: nullable(id('Location it leaves from')),
    organizationId: id('Owner'),
    shippingMethodId: nullable(id('Shipping method')),
    shippingMethodName: nullable(text('Label of the shipping method')),
    details: list(SHIPMENT_DETAIL, 'What the parcels hold'),
    addresses: list(SHIPMENT_ADDRESS, 'Where it goes and where it is returned to'),
    events: list(SHIPPING_EVENT, 'Tracking events, the newest last'),
    lastEvent: text('Code of the newest tracking event, for example DELIVERED'),
    state: nullable(choice(['DRAFT', 'OPENED', 'COMPLETED'])),
    label: text('Id of the carrier label'),
    reference: text('Internal reference'),
    trackingUrl: nullable(text('Public tracking page')),
    tracking: nullable(text('Tracking number')),
    meta: nullable(anyObject('Anything')),
    issuedAt: time(),
    deliveredAt: time('When it was delivered'),
  },
  {
    optional: ['issuedAt', 'deliveredAt'],
    incomplete: 'The table of fields is cut at issuedAt.',
  },
);

export const SHIPMENT_SCHEMAS = {
  'shipment/created': SHIPMENT,
  'shipment/completed': expecting(SHIPMENT, {
    state: always('COMPLETED'),
    lastEvent: text('As a rule DELIVERED'),
    deliveredAt: time(),
  }),
  'shipment/shipping_event': expecting(SHIPMENT, {
    lastEvent: text('The new code'),
    events: { type: 'array', description: 'The whole history; the last one caused this event' },
  }),
} satisfies Partial<Record<WebhookType, JsonSchema>>;
