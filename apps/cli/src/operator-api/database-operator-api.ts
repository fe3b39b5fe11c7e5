import { AddressGuard, judgeEndpoint } from '@app/delivery';
import { type Operator, operatorParts, OperatorError, operatorSchema } from '@app/operations';
import { graphql, type GraphQLSchema } from 'graphql';
import type { DatabaseSession } from '../database-session.js';
import { OperatorRefusedError } from './operator-api.errors.js';
import type { OperatorApi } from './operator-api.interface.js';

/** The operator API in this process: whoever has the database is an operator. */
export class DatabaseOperatorApi implements OperatorApi {
  private readonly schema: GraphQLSchema;
  private readonly operator: Operator;

  constructor({ dataSource, configuration }: DatabaseSession, name: string) {
    const { delivery, recovery, redrive } = configuration;
    const rules = { ...delivery, guard: new AddressGuard(delivery) };
    const parts = operatorParts(dataSource, {
      probe: recovery.mode === 'probe',
      redrive,
      endPointFault: (url) => {
        const verdict = judgeEndpoint(url, rules);
        return verdict.ok ? undefined : verdict.reason;
      },
    });
    this.schema = operatorSchema(parts);
    this.operator = { name, role: 'operator' };
  }

  async execute<Data>(source: string, variableValues: Readonly<Record<string, unknown>>) {
    const contextValue = { operator: this.operator };
    const { schema } = this;
    const { data, errors = [] } = await graphql({ schema, source, variableValues, contextValue });
    const [error] = errors;
    if (!error) return data as Data;
    const { originalError: cause } = error;
    // What is no refusal is a fault of the database, to be told as it is.
    if (cause && !(cause instanceof OperatorError)) throw cause;
    throw new OperatorRefusedError(error.message, error.extensions);
  }
}
