import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { CATALOGUE, type WebhookType } from './catalogue.js';
import { documentationOf } from './event-documentation.js';
import { INTERNAL_TOPICS } from './internal-documentation.js';
import type { JsonObject } from './json-value.js';
import { buildNoticeEnvelope } from './queue-notice.js';
import { MESSAGE_SAMPLE } from './samples/internal-message.js';
import { QUEUE_NOTICE_SAMPLE } from './samples/queue-notice.js';
import { ENVELOPE_SCHEMA } from './schemas/envelope.js';
import type { JsonSchema } from './schemas/json-schema.js';
import { QUEUE_NOTICE_ENVELOPE_SCHEMA } from './schemas/queue-notice.js';
import { buildEnvelope } from './webhook-envelope.js';

/** Strict, so that a misspelt keyword of a schema is an error and not a check that never fails. */
const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true });
addFormats.default(ajv);
ajv.addKeyword('x-documentation');

const compiled = new Map<JsonSchema, ValidateFunction>();

function faultsOf(schema: JsonSchema, value: unknown): string[] {
  const validate = compiled.get(schema) ?? ajv.compile(schema);
  compiled.set(schema, validate);
  validate(value);
  return (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`);
}

const changed = (type: WebhookType, change: JsonObject) => {
  const { schema, sample } = documentationOf(type);
  return faultsOf(schema, { ...sample, ...change });
};

describe('documentation of events', () => {
  it.each(CATALOGUE.map((row) => row.type))('has a sample of %s that fits its schema', (type) => {
    const { schema, sample } = documentationOf(type);
    expect(faultsOf(schema, sample)).toEqual([]);
  });

  it.each(CATALOGUE.map((row) => [row.type, row.organizationPath] as const))(
    'has a sample of %s with the organization where the catalogue says, and nowhere else',
    (type, where) => {
      const { sample } = documentationOf(type);
      const path = where.by === 'body' ? where.path.split('.') : ['locationId'];
      const found = path.reduce<unknown>(
        (value, name) => (value as Record<string, unknown> | undefined)?.[name],
        sample,
      );
      expect(found).toBeTypeOf('string');
      expect('organizationId' in sample).toBe(path[0] === 'organizationId');
    },
  );

  it.each(CATALOGUE.map((row) => row.type))('leaves %s open to new fields', (type) => {
    expect(changed(type, { aFieldOfTomorrow: { anything: [1] } })).toEqual([]);
  });

  it('marks what the platform does not document', () => {
    const marked = CATALOGUE.map((row) => row.type).filter((type) =>
      JSON.stringify(documentationOf(type).schema).includes('x-documentation'),
    );
    expect(marked).toContain('order/created');
    expect(marked).not.toContain('vendor/created');
    expect(documentationOf('variant/tag/removed').schema['x-documentation']?.status).toBe(
      'assumed',
    );
    const unconfirmed = CATALOGUE.filter((row) => documentationOf(row.type).unconfirmedTopic);
    expect(unconfirmed.map((row) => row.topic)).toEqual([
      'delivery-order.opened',
      'variant.tag-removed',
    ]);
  });
});

describe('schemas of events', () => {
  it.each([
    ['order/created', { organizationId: null }],
    ['order/created', { type: 'C2C' }],
    ['order/created', { total: '83.25' }],
    ['order/completed', { state: 'OPENED' }],
    ['order/completed', { lines: [{ status: 'PENDING' }] }],
    ['order/cancelled', { lines: [{ status: 'DELIVERED' }] }],
    ['delivery_order/pending', { status: 'OPENED' }],
    ['delivery_order/fulfillment_accepted', { events: [] }],
    ['shipment/completed', { state: 'OPENED' }],
    ['shipment/completed', { deliveredAt: 'yesterday' }],
    ['stock_reference/created', { physicalQuantity: 1.5 }],
    ['stock_reference/movement_created', { stockReference: {} }],
    ['product/created', { status: 'SOLD_OUT' }],
    ['product/image/created', { product: null }],
    ['variant/price/added', { variant: { id: 'v' } }],
    ['transfer_order/cancelled', { state: 'CANCELLED' }],
    ['location/activated', { active: false }],
    ['location/fulfillment_service_integration/accepted', { state: 'ERROR' }],
    ['location/fulfillment_service_integration/rejected', { accessToken: 'tok' }],
    ['collection/updated', { createdAt: 1_709_283_600 }],
  ] as const)('of %s does not describe %j', (type, change) => {
    expect(changed(type, change)).not.toEqual([]);
  });

  it('take any of the documented values and null where null is documented', () => {
    expect(changed('product/created', { status: null })).toEqual([]);
    expect(changed('shipment/created', { meta: null, state: null })).toEqual([]);
    expect(
      changed('location/fulfillment_service_integration/rejected', { state: 'ERROR' }),
    ).toEqual([]);
  });
});

describe('documentation of internal topics and of the envelope', () => {
  it.each(INTERNAL_TOPICS)('has a sample of $topic that fits its schema', ({ schema, sample }) => {
    expect(faultsOf(schema, sample)).toEqual([]);
    expect(faultsOf(schema, { ...sample, messageId: null })).not.toEqual([]);
  });

  it('describes the envelope that is built', () => {
    const { integrationId: _queue, ...header } = MESSAGE_SAMPLE;
    const body = Buffer.from(JSON.stringify(documentationOf('order/created').sample));
    const envelope: unknown = JSON.parse(buildEnvelope(header, body).toString('utf8'));
    expect(faultsOf(ENVELOPE_SCHEMA, envelope)).toEqual([]);
    expect(faultsOf(ENVELOPE_SCHEMA, { header })).not.toEqual([]);
  });

  it("describes what the operator's webhook receives", () => {
    const envelope = JSON.parse(
      buildNoticeEnvelope(QUEUE_NOTICE_SAMPLE).toString('utf8'),
    ) as object;
    expect(faultsOf(QUEUE_NOTICE_ENVELOPE_SCHEMA, envelope)).toEqual([]);
    const header = { ...QUEUE_NOTICE_SAMPLE, type: 'queue/paused' };
    expect(faultsOf(QUEUE_NOTICE_ENVELOPE_SCHEMA, { ...envelope, header })).not.toEqual([]);
  });
});
