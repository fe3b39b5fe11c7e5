import type { JsonValue } from '../json-value.js';

/**
 * The part of JSON Schema (draft 2020-12) that the documentation of events needs. Every keyword of
 * it means the same in AsyncAPI's own schema dialect.
 *
 * Objects are open (`additionalProperties: true`): the platform may add fields at any time.
 */
export interface JsonSchema {
  readonly title?: string;
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly format?: 'date-time' | 'uuid';
  readonly enum?: readonly JsonValue[];
  readonly const?: JsonValue;
  readonly minimum?: number;
  readonly items?: JsonSchema;
  readonly contains?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: true;
  readonly allOf?: readonly JsonSchema[];
  readonly 'x-documentation'?: DocumentationGap;
}

/** Says that the platform's documentation does not tell the whole of an object. */
export interface DocumentationGap {
  readonly status: 'incomplete' | 'assumed';
  readonly note: string;
}

type Fields = Readonly<Record<string, JsonSchema>>;

export const text = (description?: string): JsonSchema => described('string', description);
export const number = (description?: string): JsonSchema => described('number', description);
export const integer = (description?: string): JsonSchema => described('integer', description);
export const flag = (description?: string): JsonSchema => described('boolean', description);

/** Ids have no format: the documentation calls them UUIDs, and its own samples are none. */
export const id = text;

/** ISO 8601 with milliseconds and `Z`. */
export const time = (description?: string): JsonSchema => ({
  ...described('string', description),
  format: 'date-time',
});

export const choice = (values: readonly string[], description?: string): JsonSchema => ({
  ...described('string', description),
  enum: values,
});

export const list = (items: JsonSchema, description?: string): JsonSchema => ({
  ...described('array', description),
  items,
});

/** An object of which nothing is said. */
export const anyObject = (description?: string): JsonSchema => ({
  ...described('object', description),
  additionalProperties: true,
});

export const always = (value: JsonValue, description?: string): JsonSchema => ({
  ...(description ? { description } : {}),
  const: value,
});

export function nullable(schema: JsonSchema): JsonSchema {
  const { type, enum: values } = schema;
  const types = typeof type === 'string' ? [type] : (type ?? []);
  return { ...schema, type: [...types, 'null'], ...(values ? { enum: [...values, null] } : {}) };
}

/** What an object says beside its fields. */
interface ObjectNotes {
  /** Fields that may be absent although they are never null. */
  readonly optional?: readonly string[];
  /** What the documentation does not tell. */
  readonly incomplete?: string;
}

/**
 * An object with a name of its own. A field is required unless it is nullable or named optional;
 * the documentation does not say whether a null field may also be left out, so it may.
 */
export function object(title: string, properties: Fields, notes: ObjectNotes = {}): JsonSchema {
  const { optional = [], incomplete } = notes;
  const required = Object.entries(properties)
    .filter(([name, schema]) => !optional.includes(name) && !isNullable(schema))
    .map(([name]) => name);
  return {
    title,
    type: 'object',
    ...(required.length > 0 ? { required } : {}),
    properties,
    additionalProperties: true,
    ...(incomplete ? { 'x-documentation': { status: 'incomplete', note: incomplete } } : {}),
  };
}

/** The same object where the page of one event tells less of it than another page. */
export function incomplete(schema: JsonSchema, note: string): JsonSchema {
  return { allOf: [schema], 'x-documentation': { status: 'incomplete', note } };
}

/** The same object where the platform has no page for an event, and its shape is inferred. */
export function assumed(schema: JsonSchema, note: string): JsonSchema {
  return { allOf: [schema], 'x-documentation': { status: 'assumed', note } };
}

/** The same object with the values that one event always has. */
export function expecting(schema: JsonSchema, properties: Fields): JsonSchema {
  return { allOf: [schema, { type: 'object', properties, additionalProperties: true }] };
}

/** Items that all have these values; for use with `expecting`. */
export function eachItem(properties: Fields, description?: string): JsonSchema {
  const items: JsonSchema = { type: 'object', properties, additionalProperties: true };
  return { ...described('array', description), items };
}

function described(type: string, description?: string): JsonSchema {
  return description ? { type, description } : { type };
}

function isNullable(schema: JsonSchema): boolean {
  return Array.isArray(schema.type) && schema.type.includes('null');
}
