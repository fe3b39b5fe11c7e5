import { describe, expect, it } from 'vitest';
import { CATALOGUE } from './catalogue.js';
import { documentationOf } from './event-documentation.js';
import type { JsonValue } from './json-value.js';
import { sampleBody } from './sample-body.js';

/** Every value that is called organizationId, wherever it stands. */
function organizationsIn(value: JsonValue): JsonValue[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, part]: [string, JsonValue]) =>
    name === 'organizationId' ? [part] : organizationsIn(part),
  );
}

const valueAt = (body: JsonValue, path: string): unknown =>
  path
    .split('.')
    .reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], body);

describe('the sample of a type', () => {
  it.each(CATALOGUE)('$type is made out to the organization', ({ type, organizationPath }) => {
    const body = sampleBody(type, 'org-1');
    if (organizationPath.by === 'body') expect(valueAt(body, organizationPath.path)).toBe('org-1');
    expect(organizationsIn(body).filter((each) => each !== 'org-1')).toEqual([]);
    // Nothing else is changed, and nothing moves.
    const { sample } = documentationOf(type);
    const [original = 'org-1'] = organizationsIn(sample);
    expect(JSON.stringify(body)).toBe(
      JSON.stringify(sample).replaceAll(JSON.stringify(original), '"org-1"'),
    );
  });
});
