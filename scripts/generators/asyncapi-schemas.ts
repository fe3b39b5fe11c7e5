import type { JsonSchema } from '@app/events';

/** A schema as it stands in the document, where named objects are references. */
export type DocumentSchema = Readonly<Record<string, unknown>>;

/**
 * The named objects within the given schemas, by name. Schemas are complete in themselves and
 * share their parts as the same objects; in the document each part stands once.
 *
 * @throws Error where two different objects have one name.
 */
export function namedSchemas(schemas: Iterable<JsonSchema>): Map<string, JsonSchema> {
  const named = new Map<string, JsonSchema>();
  const visit = (schema: JsonSchema): void => {
    if (schema.title !== undefined) {
      const other = named.get(schema.title);
      if (other === schema) return;
      if (other) throw new Error(`Two schemas have the name ${schema.title}`);
      named.set(schema.title, schema);
    }
    for (const part of partsOf(schema)) visit(part);
  };
  for (const schema of schemas) visit(schema);
  return named;
}

function partsOf({ items, contains, properties = {}, allOf = [] }: JsonSchema): JsonSchema[] {
  const single = [items, contains].filter((part) => part !== undefined);
  return [...single, ...Object.values(properties), ...allOf];
}

/** The schema with a reference in the place of every named object, itself included. */
export function referring(schema: JsonSchema): DocumentSchema {
  return schema.title === undefined
    ? definition(schema)
    : { $ref: `#/components/schemas/${schema.title}` };
}

/** The schema itself, with references in the place of the named objects within it. */
export function definition(schema: JsonSchema): DocumentSchema {
  const { items, contains, properties, allOf } = schema;
  return {
    ...schema,
    ...(items ? { items: referring(items) } : {}),
    ...(contains ? { contains: referring(contains) } : {}),
    ...(properties ? { properties: mapValues(properties, referring) } : {}),
    ...(allOf ? { allOf: allOf.map(referring) } : {}),
  };
}

function mapValues<From, To>(
  record: Readonly<Record<string, From>>,
  change: (value: From) => To,
): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}
