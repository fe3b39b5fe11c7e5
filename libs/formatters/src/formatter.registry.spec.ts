import { describe, expect, it } from 'vitest';
import { CATALOGUE, ORGANIZATION_TOPICS } from '@app/events';
import { recordOf } from '../test/record.js';
import { FormatterRegistry, catalogueFormatters } from './formatter.registry.js';
import { FormatterRegistryError, TopicWithoutFormatterError } from './formatters.errors.js';

const OFF = { maxBytes: 1_000, deliveryOrderUpdated: false };
const ON = { maxBytes: 1_000, deliveryOrderUpdated: true };

const thrownBy = (action: () => unknown): unknown => {
  try {
    return action();
  } catch (error) {
    return error;
  }
};

describe('FormatterRegistry', () => {
  it('formats every type of the catalogue from its topic, by its organization path', () => {
    const registry = new FormatterRegistry(ON);
    const body = { organizationId: 'o1', stockReference: { organizationId: 'o2' } };
    const parents = { product: { organizationId: 'o3' }, variant: { organizationId: 'o4' } };
    const results = CATALOGUE.map((row) => {
      const result = registry.format(recordOf({ ...body, ...parents }, row.topic));
      if (result.kind !== 'event') throw new Error(`${row.topic}: ${result.reason}`);
      const { organization } = result;
      return [result.type, organization.by === 'record' ? organization.organizationId : ''];
    });
    const expected: Record<string, string> = {
      'stock_reference/movement_created': 'o2',
      'stock_reference/movement_updated': 'o2',
      'stock_reference/fulfillment_event': 'o2',
      'product/image/created': 'o3',
      'product/image/removed': 'o3',
      'variant/tag/added': 'o4',
      'variant/tag/removed': 'o4',
      'variant/price/added': 'o4',
      'variant/price/removed': 'o4',
      'variant/image/created': 'o4',
      'variant/image/removed': 'o4',
    };
    expect(results).toEqual(CATALOGUE.map(({ type }) => [type, expected[type] ?? 'o1']));
  });

  it.each(['created', 'activated', 'updated', 'deactivated', 'type_changed'])(
    'learns the owner of a location from location.%s by its own id',
    (verb) => {
      const record = recordOf(
        { id: 'l1', locationId: 'x', organizationId: 'o' },
        `location.${verb}`,
      );
      const learns = { locationId: 'l1', organizationId: 'o' };
      expect(new FormatterRegistry(OFF).format(record)).toMatchObject({ kind: 'event', learns });
    },
  );

  it('learns from a locationId where a location has no usable id of its own', () => {
    const record = recordOf({ id: 7, locationId: 'l2', organizationId: 'o' }, 'location.updated');
    const learns = { locationId: 'l2', organizationId: 'o' };
    expect(new FormatterRegistry(OFF).format(record)).toMatchObject({ learns });
  });

  it('learns nothing from an unusable location id, nor from what is not about locations', () => {
    const registry = new FormatterRegistry(OFF);
    const unusable = recordOf({ id: 'a\u0000', organizationId: 'o' }, 'location.created');
    const order = recordOf({ id: 'l1', locationId: 'l1', organizationId: 'o' }, 'shipment.created');
    for (const record of [unusable, order]) {
      expect(registry.format(record)).toMatchObject({ kind: 'event' });
      expect(registry.format(record)).not.toHaveProperty('learns');
    }
  });

  it('has a formatter for delivery-order.updated only when it is switched on', () => {
    const record = recordOf({ organizationId: 'o' }, 'delivery-order.updated');
    expect(new FormatterRegistry(ON).format(record)).toMatchObject({
      type: 'delivery_order/updated',
    });
    const off = new FormatterRegistry(OFF);
    expect(() => off.format(record)).toThrow(TopicWithoutFormatterError);
    expect(() => off.format(record)).toThrow('delivery-order.updated');
    expect(
      ORGANIZATION_TOPICS.filter((topic) => thrownBy(() => off.for(topic)) instanceof Error),
    ).toEqual(['delivery-order.updated']);
  });

  it('refuses to be built with a missing, a doubled or an unknown topic, and names each', () => {
    const entries = catalogueFormatters(OFF);
    const some = entries[0]?.[1];
    if (!some) throw new Error('The catalogue is empty.');
    const wrong = [
      ...entries.filter(([topic]) => topic !== 'vendor.created'),
      ['order.created', some],
      ['order.invented', some],
      ['delivery-order.updated', some],
    ] as const;
    const error = thrownBy(() => new FormatterRegistry(OFF, wrong));
    expect(error).toBeInstanceOf(FormatterRegistryError);
    expect(error).toMatchObject({
      faults: {
        missing: ['vendor.created'],
        overlapping: ['order.created'],
        unknown: ['order.invented', 'delivery-order.updated'],
      },
    });
    expect(String(error)).toContain(
      'missing: vendor.created; overlapping: order.created; unknown: ',
    );
  });
});
