import { randomUUID } from 'node:crypto';
import { createTestDatabase, seedIntegration, seedWebhook, type TestDatabase } from '@app/testing';
import type { DataSource } from 'typeorm';
import { execute, type ExecutionResult, type GraphQLSchema, parse, validate } from 'graphql';
import { operatorParts, operatorSchema, type OperatorRole } from '../src/index.js';

export interface SceneQueue {
  readonly integrationId: string;
  readonly organizationId: string;
  readonly applicationId: string;
  readonly webhookId: string;
}

interface Edges<Node> {
  readonly edges: readonly { readonly cursor: string; readonly node: Node }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

/** What is answered; the field is the first one of the operation. */
export interface Answer<Value> {
  readonly value: Value;
  readonly errors: NonNullable<ExecutionResult['errors']>;
}

export const ALLOWED_ENDPOINT = 'https://receiver.example/';

/** The schema on a database of its own, asked as the API and the command line ask it. */
export class OperatorScene {
  readonly schema: GraphQLSchema;

  private constructor(
    readonly database: TestDatabase,
    readonly dataSource: DataSource,
    probe: boolean,
  ) {
    const parts = operatorParts(dataSource, {
      probe,
      redrive: { maxBytes: 1_000, clockSkewMs: 300_000, deliveryOrderUpdated: false },
      endPointFault: (url) => (url === ALLOWED_ENDPOINT ? undefined : 'The endpoint is refused'),
    });
    this.schema = operatorSchema(parts);
  }

  static async create({ probe = true } = {}): Promise<OperatorScene> {
    const database = await createTestDatabase();
    return new OperatorScene(database, await database.dataSource(), probe);
  }

  drop(): Promise<void> {
    return this.database.drop();
  }

  async ask<Value = Record<string, unknown>>(
    query: string,
    variableValues: Readonly<Record<string, unknown>> = {},
    role: OperatorRole = 'operator',
  ): Promise<Answer<Value>> {
    const document = parse(query);
    const invalid = validate(this.schema, document);
    if (invalid.length > 0) throw new Error(invalid.map(String).join('\n'));
    const contextValue = { operator: { name: 'Ada', role } };
    const result = await execute({ schema: this.schema, document, variableValues, contextValue });
    const [value] = Object.values(result.data ?? {});
    return { value: value as Value, errors: result.errors ?? [] };
  }

  /** What is answered, which must be without an error. */
  async value<Value = Record<string, unknown>>(
    query: string,
    variables: Readonly<Record<string, unknown>> = {},
    role?: OperatorRole,
  ): Promise<Value> {
    const { value, errors } = await this.ask<Value>(query, variables, role);
    const [error] = errors;
    if (error) throw error;
    return value;
  }

  /** Every entry of a list, page by page. `between` runs after each page. */
  async all<Node>(
    query: string,
    variables: Readonly<Record<string, unknown>> = {},
    between: () => Promise<unknown> = async () => undefined,
  ): Promise<Node[]> {
    const nodes: Node[] = [];
    let after: string | null = null;
    do {
      const page: Edges<Node> = await this.value<Edges<Node>>(query, { ...variables, after });
      nodes.push(...page.edges.map(({ node }) => node));
      after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
      await between();
    } while (after !== null);
    return nodes;
  }

  async queue(): Promise<SceneQueue> {
    const { integrationId, organizationId, applicationId } = await seedIntegration(this.dataSource);
    const webhookId = await seedWebhook(this.dataSource, { integrationId });
    return { integrationId, organizationId, applicationId, webhookId };
  }

  /** Stores so many messages and returns their ids in order. */
  async enqueue({ integrationId, webhookId }: SceneQueue, count: number): Promise<string[]> {
    const ids = Array.from({ length: count }, () => randomUUID());
    const same = <T>(value: T): T[] => ids.map(() => value);
    await this.database.query('SELECT FROM enqueue_messages($1, $2, $3, $4, $5, $6, $7)', [
      same(integrationId),
      ids,
      same(webhookId),
      same('order/created'),
      same(0),
      same(0),
      ids.map((id) => Buffer.from(`{"id":"${id}"}`)),
    ]);
    return ids;
  }

  /** Writes columns of a queue directly, to bring it into a state that takes long to come about. */
  async set({ integrationId }: SceneQueue, assignments: string): Promise<void> {
    await this.database.query(`UPDATE integration_queue SET ${assignments} WHERE queue_id = $1`, [
      integrationId,
    ]);
  }

  async attempt(queue: SceneQueue, messageId: string, attempt: AttemptSeed): Promise<void> {
    const { seq, number, outcome = 'rejected', excerpt = null } = attempt;
    await this.database.query(
      `INSERT INTO delivery_attempt (queue_id, seq, attempt, message_id, webhook_id, started_at,
         duration_ms, outcome, status_code, code, error, excerpt)
       VALUES ($1, $2, $3, $4, $5, clock_timestamp(), 12, $6, 503, 'http_status', 'answered 503', $7)`,
      [queue.integrationId, seq, number, messageId, queue.webhookId, outcome, excerpt],
    );
  }
}

interface AttemptSeed {
  readonly seq: number;
  readonly number: number;
  readonly outcome?: string;
  readonly excerpt?: Buffer | null;
}
