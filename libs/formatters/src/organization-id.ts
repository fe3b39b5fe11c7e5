import type { OrganizationPath } from '@app/events';
import { type JsonObject, type Refusal, isJsonObject, kindOf, refusal } from './payload.js';

/** Reads a property out of a payload; `undefined` where there is none. Must not throw. */
export type OrganizationIdAccessor = (fields: JsonObject) => unknown;

type BodyPath = Extract<OrganizationPath, { by: 'body' }>['path'];

/**
 * 1 to 64 code points, none of them a control character or half of a surrogate pair. The latter
 * can stand in JSON as an escape, but not in UTF-8: it would be stored as another id than was read.
 */
const USABLE_ID = /^[^\p{Cc}\p{Cs}]{1,64}$/u;

/**
 * Whether the value may be the id of an organization or a location. The documentation calls ids
 * UUIDs, yet its own samples are none, so the form is left to the platform.
 */
export function isUsableId(value: unknown): value is string {
  return typeof value === 'string' && USABLE_ID.test(value);
}

/** Follows a path of own properties: `__proto__` and other inherited names are never found. */
export function accessorFor(path: BodyPath): OrganizationIdAccessor {
  const names = path.split('.');
  return (fields) => names.reduce<unknown>(readOwn, fields);
}

/** The own property of that name, or `undefined` where the value is no object or has none. */
export function readOwn(value: unknown, name: string): unknown {
  return isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

/** A property that is absent or null states no organization; any other unusable value is wrong. */
export function isStated(value: unknown): boolean {
  return value !== undefined && value !== null;
}

export function invalidOrganization(value: unknown): Refusal {
  const found = typeof value === 'string' ? describeText(value) : `of type ${kindOf(value)}`;
  const expected = 'a string of 1 to 64 characters without control characters';
  return refusal('organization_invalid', `organizationId is ${found}; expected ${expected}.`);
}

function describeText(value: string): string {
  return value === '' ? 'an empty string' : `a string of ${value.length} characters`;
}
