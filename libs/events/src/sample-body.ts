import type { WebhookType } from './catalogue.js';
import { documentationOf } from './event-documentation.js';
import type { JsonObject } from './json-value.js';

/**
 * The documented sample of a type, made out to an organization wherever it names one: at the top, or in
 * the parent that a body carries. The four types that name only a location stay as they are.
 */
export function sampleBody(type: WebhookType, organizationId: string): JsonObject {
  return madeOutTo(organizationId, documentationOf(type).sample);
}

function madeOutTo(organizationId: string, body: JsonObject): JsonObject {
  const entries = Object.entries(body).map(([name, value]) => {
    if (name === 'organizationId') return [name, organizationId] as const;
    const nested = typeof value === 'object' && value !== null && !Array.isArray(value);
    return [name, nested ? madeOutTo(organizationId, value as JsonObject) : value] as const;
  });
  return Object.fromEntries(entries);
}
