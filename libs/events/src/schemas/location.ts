import type { WebhookType } from '../catalogue.js';
import {
  type JsonSchema,
  always,
  choice,
  expecting,
  flag,
  id,
  incomplete,
  list,
  nullable,
  object,
  text,
  time,
} from './json-schema.js';

const LOCATION = object('Location', {
  id: id('Location'),
  organizationId: id('Owner'),
  name: text('Internal name, unique in the organization, never changed'),
  title: text('Name shown to people'),
  description: nullable(text()),
  locationType: choice(['INTERNAL', 'WAREHOUSE']),
  socialReason: nullable(text('Name of the legal entity')),
  form: nullable(text('Legal form')),
  address: nullable(text()),
  addressComplement: nullable(text()),
  zipCode: nullable(text()),
  city: nullable(text()),
  state: nullable(text('State or region')),
  country: nullable(text('ISO 3166-1 alpha-2')),
  email: nullable(text()),
  phone: nullable(text()),
  active: flag('True by default'),
  registerAllVariants: flag('False by default'),
  stockManagement: flag('True by default'),
  stockEvents: flag('True by default'),
  acceptFulfillmentAt: nullable(time('Accepts fulfillment from then on')),
  stockRefRuleSetId: nullable(id()),
  orderDispatchRuleSetId: nullable(id()),
  allowedCountries: nullable(list(text())),
  excludedCountries: nullable(list(text())),
});

const INTEGRATION = object('FulfillmentServiceIntegration', {
  id: id('Integration'),
  locationId: id('Location that is connected'),
  fulfillmentServiceId: id('Fulfillment service'),
  accessToken: nullable(text('Issued by the fulfillment service, sometimes later')),
  scopes: list(text(), 'What was granted'),
  state: nullable(choice(['PENDING', 'ACTIVE', 'INACTIVE', 'ERROR'])),
});

export const LOCATION_SCHEMAS = {
  'location/created': incomplete(LOCATION, 'The page of this event shows only a part of it.'),
  'location/activated': expecting(LOCATION, { active: always(true) }),
  'location/updated': LOCATION,
  'location/deactivated': expecting(LOCATION, { active: always(false) }),
  'location/type_changed': expecting(LOCATION, { locationType: text('The new type') }),
  'location/fulfillment_service_integration/created': INTEGRATION,
  'location/fulfillment_service_integration/accepted': expecting(INTEGRATION, {
    state: always('ACTIVE'),
  }),
  'location/fulfillment_service_integration/errored': expecting(INTEGRATION, {
    state: always('ERROR'),
  }),
  'location/fulfillment_service_integration/rejected': expecting(INTEGRATION, {
    state: choice(['INACTIVE', 'ERROR']),
    accessToken: always(null),
  }),
} satisfies Partial<Record<WebhookType, JsonSchema>>;
