import { CATALOGUE, WEBHOOK_TYPES } from '@app/events';
import { describe, expect, it } from 'vitest';
import { sampleRecord } from './sample-record.js';

const organizationId = 'org-1';

function valueAt(body: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], body);
}

describe('a sample record', () => {
  it.each(CATALOGUE)('of $type is made out to the organization', ({ type, organizationPath }) => {
    const { value, headers, key } = sampleRecord({ type, organizationId, run: 'r', number: 1 });
    const body: unknown = JSON.parse(value.toString());
    const path = organizationPath.by === 'body' ? organizationPath.path : 'locationId';
    const expected = organizationPath.by === 'body' ? organizationId : `location-${organizationId}`;
    expect(valueAt(body, path)).toBe(expected);
    expect([key, headers]).toEqual([organizationId, {}]);
  });

  it('carries its number and what no parser keeps', () => {
    const { value } = sampleRecord({ type: 'order/created', organizationId, run: 'r', number: 3 });
    expect(value.toString()).toMatch(
      /, "demo": \{"run":"r","number":3,"exact":\[12345678901234567890, 10\.00\]\}\}$/,
    );
  });

  it('names the organization in a header where the directory must not help', () => {
    const type = 'location/fulfillment_service_integration/created';
    const options = { type, organizationId, run: 'r', number: 1 } as const;
    const { headers, value } = sampleRecord({ ...options, locationBy: 'header' });
    expect(headers).toEqual({ organizationId });
    expect(value.toString()).not.toContain(`"location-${organizationId}"`);
  });

  it('puts every type on a topic of its own', () => {
    const topics = WEBHOOK_TYPES.map(
      (type) => sampleRecord({ type, organizationId, run: 'r', number: 1 }).topic,
    );
    expect(new Set(topics).size).toBe(57);
  });
});
