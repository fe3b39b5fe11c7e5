/** What to do about an error, by its stable code. */
const ADVICE: Readonly<Record<string, string>> = {
  application_not_found: '`application list` shows the client ids',
  integration_not_found: '`integration list` shows the ids',
  queue_not_found: '`integration list` shows the ids',
  webhook_not_found: '`webhook list --integration ID` shows the ids',
  duplicate_subscription: 'remove that one first with `webhook remove --id ID`',
};

/** One clear line (a list, where there are several faults): what, where, and what to do. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as { readonly code?: unknown };
  const advice = typeof code === 'string' ? ADVICE[code] : undefined;
  return advice === undefined ? error.message : `${error.message}; ${advice}`;
}
