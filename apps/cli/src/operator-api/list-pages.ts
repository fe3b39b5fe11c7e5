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

/** The entries of a list, page by page. */
export async function listPages<Node>(
  api: OperatorApi,
  { document, variables, limit = Infinity }: Listing,
): Promise<Node[]> {
  const nodes: Node[] = [];
  let after: string | null = null;
  do {
    const first = Math.min(MOST_A_PAGE, limit - nodes.length);
    const { page }: Page<Node> = await api.execute(document, { ...variables, first, after });
    nodes.push(...page.edges.map(({ node }) => node));
    after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
  } while (after !== null && nodes.length < limit);
  return nodes;
}

/** What a document of a list selects besides its nodes. */
export const PAGE_INFO = 'pageInfo { hasNextPage endCursor }';
