import { MOST_A_PAGE } from '@app/operations';
import type { OperatorApi } from './operator-api.interface.js';

interface Page<Node> {
  readonly page: {
    readonly edges: readonly { readonly node: Node }[];
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  };
}

/** What is asked of a list: the document calls it `page` and takes $first and $after. */
export interface Listing {
  readonly document: string;
  readonly variables: Readonly<Record<string, unknown>>;
  /** At most so many entries; all of them when not given. */
  readonly limit?: number;
}

/** All entries of a list. */
export async function listPages<Node>(api: OperatorApi, listing: Listing): Promise<Node[]> {
  const nodes: Node[] = [];
  for await (const node of eachOf<Node>(api, listing)) nodes.push(node);
  return nodes;
}

/** The entries of a list, of which no more than a page is held at a time. */
export async function* eachOf<Node>(
  api: OperatorApi,
  { document, variables, limit = Infinity }: Listing,
): AsyncGenerator<Node> {
  let after: string | null = null;
  let left = limit;
  do {
    const first = Math.min(MOST_A_PAGE, left);
    const { page }: Page<Node> = await api.execute(document, { ...variables, first, after });
    for (const { node } of page.edges) yield node;
    left -= page.edges.length;
    after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
  } while (after !== null && left > 0);
}

/** What a document of a list selects besides its nodes. */
export const PAGE_INFO = 'pageInfo { hasNextPage endCursor }';
