import { OperatorRefusedError } from './operator-api/operator-api.errors.js';

/** What to do about an error, by its stable code. */
const ADVICE: Readonly<Record<string, string>> = {
  application_not_found: '`application list` shows the client ids',
  integration_not_found: '`integration list` and `client list` show the ids',
  queue_not_found: '`integration list` and `client list` show the ids',
  installation_not_found: '`integration list` shows which ones are ACTIVE',
  application_suspended: 'let it go on first with `application resume`',
  rotation_under_way:
    'wait until then, or end it now with `application end-former-secret`: from then on the current one signs',
  no_organization_list: '`integration install` and `integration uninstall` say where that is',
  secret_unreadable:
    'set SECRETS_KEY_SECONDARY to the key that it was encrypted with and run this again; where that key ' +
    'is lost, replace the secret with `application rotate-secret --overlap 0`',
  operator_name_taken: 'choose another name, or end that one first with `operator revoke --name`',
  operator_token_not_found: '`operator list` shows them',
  message_not_found: '`queue show` lists those of a queue',
  dead_letter_not_found: '`dead-letter list` shows the ids',
  not_head: '`queue show` begins with the one that is',
  not_parked: '`queue show` lists those that are',
  not_waiting: '`message show` tells what became of it',
  too_many: 'replay shorter ranges in turn',
  UNAUTHENTICATED: 'set OPERATOR_TOKEN to one that `operator list` shows as ACTIVE',
  FORBIDDEN: '`operator create --role operator` gives out such tokens',
  webhook_not_found: '`webhook list --integration ID` shows the ids',
  duplicate_subscription: 'remove that one first with `webhook remove --id ID`',
};

/** One clear line (a list, where there are several faults): what, where, and what to do. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as { readonly code?: unknown };
  const advice = typeof code === 'string' ? ADVICE[code] : undefined;
  const message = error instanceof OperatorRefusedError ? refusal(error, advice) : error.message;
  return advice === undefined ? message : `${message}; ${advice}`;
}

/** What the API advises names its own queries; where there is advice for here it takes that place. */
function refusal({ message }: OperatorRefusedError, advice: string | undefined): string {
  const [what = message] = advice === undefined ? [message] : message.split('; ');
  return `${what.charAt(0).toLowerCase()}${what.slice(1)}`;
}
