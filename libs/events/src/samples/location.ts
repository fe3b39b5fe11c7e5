import type { WebhookType } from '../catalogue.js';
import type { JsonObject } from '../json-value.js';
import { LOCATION_ID, ORGANIZATION_ID } from './sample-ids.js';

const LOCATION = {
  id: LOCATION_ID,
  organizationId: ORGANIZATION_ID,
  name: 'entrepot-orleans',
  title: 'Entrepôt Orléans',
  description: null,
  locationType: 'WAREHOUSE',
  socialReason: 'HappyColis SAS',
  form: 'SAS',
  address: '12 rue des Acacias',
  addressComplement: null,
  zipCode: '45000',
  city: 'Orléans',
  state: 'Centre-Val de Loire',
  country: 'FR',
  email: 'entrepot@happycolis.example',
  phone: '+33200000000',
  active: true,
  registerAllVariants: false,
  stockManagement: true,
  stockEvents: true,
  acceptFulfillmentAt: '2024-01-02T00:00:00.000Z',
  stockRefRuleSetId: null,
  orderDispatchRuleSetId: null,
  allowedCountries: ['FR', 'BE'],
  excludedCountries: null,
};

const INTEGRATION = {
  id: 'r9s0t1u2-v3w4-5678-xyza-901234567890',
  locationId: 'j1k2l3m4-n5o6-7890-pqrs-123456789012',
  fulfillmentServiceId: 's0t1u2v3-w4x5-6789-yzab-012345678901',
  accessToken: null,
  scopes: ['fulfillment:read', 'fulfillment:write', 'inventory:read'],
};

export const LOCATION_SAMPLES = {
  'location/created': LOCATION,
  'location/activated': LOCATION,
  'location/updated': { ...LOCATION, title: 'Entrepôt Orléans Nord', allowedCountries: ['FR'] },
  'location/deactivated': { ...LOCATION, active: false },
  'location/type_changed': { ...LOCATION, locationType: 'INTERNAL' },
  'location/fulfillment_service_integration/created': { ...INTEGRATION, state: 'PENDING' },
  'location/fulfillment_service_integration/accepted': {
    ...INTEGRATION,
    accessToken: 'tok_abc123xyz456',
    state: 'ACTIVE',
  },
  'location/fulfillment_service_integration/errored': { ...INTEGRATION, state: 'ERROR' },
  'location/fulfillment_service_integration/rejected': { ...INTEGRATION, state: 'INACTIVE' },
} satisfies Partial<Record<WebhookType, JsonObject>>;
