/** Headers as Node, a framework or the Fetch API hold them; names in any case. */
export type WebhookRequestHeaders =
  Readonly<Record<string, string | readonly string[] | undefined>> | FetchHeaders;

/** As much of the Fetch API's `Headers` as is read. */
export interface FetchHeaders {
  get(name: string): string | null;
}

/**
 * Every value of a header, in their order; empty where the request has none. One that came several
 * times may also be one value with commas: most servers join them.
 */
export function headerValues(headers: WebhookRequestHeaders, name: string): readonly string[] {
  if (isFetchHeaders(headers)) {
    const value = headers.get(name);
    return value === null ? [] : [value];
  }
  return Object.entries(headers)
    .filter(([key]) => key.toLowerCase() === name)
    .flatMap(([, value]) => value ?? []);
}

/** A plain object could have a header of the name `get`, but no function under it. */
function isFetchHeaders(headers: WebhookRequestHeaders): headers is FetchHeaders {
  return typeof headers.get === 'function';
}
