/**
 * The text of a database function with other words in some places, each of them everywhere that it stands.
 *
 * @throws Error where a place is not there: the function is another one by now.
 */
export function but(
  sql: string,
  ...changes: readonly (readonly [from: string, to: string])[]
): string {
  return changes.reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`A function has no such place any more: ${from}`);
    return text.replaceAll(from, to);
  }, sql);
}
