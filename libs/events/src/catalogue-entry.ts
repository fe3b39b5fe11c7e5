/**
 * Where the id of the owning organization stands. `body`: at this path of property names in the
 * payload. `location`: the payload names only a location (`locationId`), see
 * `OrganizationClaim`.
 */
export type OrganizationPath =
  | {
      readonly by: 'body';
      readonly path:
        | 'organizationId'
        | 'stockReference.organizationId'
        | 'product.organizationId'
        | 'variant.organizationId';
    }
  | { readonly by: 'location' };

/** Whether a type leaves the service always, or only when an operator switched it on. */
export type Dispatch = 'always' | 'when_enabled';

/** The shape of a row; the names stay literal types, so that unions can be derived from the table. */
export interface CatalogueEntry<Type extends string, Topic extends string> {
  /** What subscribers choose and what the envelope's header says. */
  readonly type: Type;
  /** The Kafka topic, without the prefix an installation may put before every topic. */
  readonly topic: Topic;
  readonly organizationPath: OrganizationPath;
  readonly dispatched: Dispatch;
  /** One sentence for integration developers. */
  readonly description: string;
}

/** In the payload itself, or in the parent that it carries. */
export const OWN: OrganizationPath = { by: 'body', path: 'organizationId' };
export const OF_STOCK_REFERENCE: OrganizationPath = {
  by: 'body',
  path: 'stockReference.organizationId',
};
export const OF_PRODUCT: OrganizationPath = { by: 'body', path: 'product.organizationId' };
export const OF_VARIANT: OrganizationPath = { by: 'body', path: 'variant.organizationId' };
export const BY_LOCATION: OrganizationPath = { by: 'location' };

/** Makes a row. Only a row that a switch guards names its dispatch. */
export function event<Type extends string, Topic extends string>(
  type: Type,
  topic: Topic,
  organizationPath: OrganizationPath,
  description: string,
  dispatched: Dispatch = 'always',
): CatalogueEntry<Type, Topic> {
  return { type, topic, organizationPath, dispatched, description };
}
