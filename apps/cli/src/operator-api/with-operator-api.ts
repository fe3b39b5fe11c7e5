import { loadProcessConfiguration } from '@app/platform';
import { withDatabase } from '../database-session.js';
import { operatorName } from '../operator-name.js';
import type { TerminalInterface } from '../terminal.interface.js';
import { DatabaseOperatorApi } from './database-operator-api.js';
import { HttpOperatorApi } from './http-operator-api.js';
import { ActorNotChosenError } from './operator-api.errors.js';
import type { OperatorApi } from './operator-api.interface.js';

/**
 * Gives a command the operator API: that of a running service where OPERATOR_API_URL says where it is,
 * else one in this process on the database. `actor` is who acts there.
 */
export function withOperatorApi<T>(
  terminal: TerminalInterface,
  { actor }: { readonly actor?: string | undefined },
  work: (api: OperatorApi) => Promise<T>,
): Promise<T> {
  const { operatorApi, warnings } = loadProcessConfiguration({ for: 'operator' });
  if (!operatorApi) {
    return withDatabase(terminal, (session) =>
      work(new DatabaseOperatorApi(session, actor ?? operatorName())),
    );
  }
  if (actor !== undefined) throw new ActorNotChosenError();
  for (const warning of warnings) terminal.err(`warning: ${warning}\n`);
  return work(new HttpOperatorApi({ ...operatorApi, terminal }));
}
