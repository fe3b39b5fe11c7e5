/** One reason why a subscription's custom headers cannot be sent. */
export interface HeaderFault {
  /** The header's name as it was given; empty where the fault concerns the headers as a whole. */
  readonly header: string;
  readonly reason: string;
}

/** RFC 9110 5.6.2 token. */
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$/;
/** Visible ASCII, space and tab: no line break can start a header of its own. */
const VALUE = /^[\t\x20-\x7e]{0,1024}$/;
const MAX_HEADERS = 30;
const MAX_BYTES = 8192;
/** `: ` and the line break that every header costs besides its name and value. */
const BYTES_PER_LINE = 4;

/** The service's own headers, and those that govern the connection or the framing of the body. */
const RESERVED = new Set([
  'host',
  'content-length',
  'content-type',
  'transfer-encoding',
  'connection',
  'keep-alive',
  'upgrade',
  'te',
  'trailer',
  'expect',
  'webhook-id',
  'webhook-timestamp',
  'webhook-signature',
]);
const RESERVED_PREFIXES = ['proxy-', 'x-happycolis-'];

/**
 * Everything that is wrong with a subscription's custom headers; empty when they may be sent.
 *
 * Runs when a subscription is created and again before every POST: what lies in a database is not
 * trusted, and a header that undici refuses would leave one of its connections unusable.
 */
export function customHeaderFaults(headers: unknown): HeaderFault[] {
  if (typeof headers !== 'object' || headers === null || Array.isArray(headers)) {
    return [{ header: '', reason: 'headers must be an object of names and values' }];
  }
  const entries: [string, unknown][] = Object.entries(headers);
  const faults = entries.flatMap(([name, value]) => faultsOf(name, value));
  return [...faults, ...duplicates(entries), ...sizeFaults(entries)];
}

function faultsOf(header: string, value: unknown): HeaderFault[] {
  const reasons: string[] = [];
  if (!NAME.test(header)) reasons.push('the name must be 1 to 64 characters of an HTTP token');
  if (isReserved(header)) reasons.push('the header is set by the service or by the connection');
  if (typeof value !== 'string') reasons.push('the value must be a string');
  else if (!VALUE.test(value)) {
    reasons.push('the value must be at most 1,024 printable ASCII characters');
  }
  return reasons.map((reason) => ({ header, reason }));
}

function isReserved(header: string): boolean {
  const name = header.toLowerCase();
  return RESERVED.has(name) || RESERVED_PREFIXES.some((prefix) => name.startsWith(prefix));
}

/** Receivers join or drop headers that differ in case only, so which one counts would be luck. */
function duplicates(entries: readonly [string, unknown][]): HeaderFault[] {
  const seen = new Set<string>();
  return entries.flatMap(([header]) => {
    const name = header.toLowerCase();
    if (seen.has(name)) return [{ header, reason: 'the header is given twice' }];
    seen.add(name);
    return [];
  });
}

function sizeFaults(entries: readonly [string, unknown][]): HeaderFault[] {
  const faults: HeaderFault[] = [];
  if (entries.length > MAX_HEADERS) {
    faults.push({ header: '', reason: `at most ${MAX_HEADERS} headers are allowed` });
  }
  const bytes = entries.reduce(
    (sum, [name, value]) =>
      sum + name.length + (typeof value === 'string' ? value.length : 0) + BYTES_PER_LINE,
    0,
  );
  if (bytes > MAX_BYTES) {
    faults.push({ header: '', reason: `all headers together may take ${MAX_BYTES} bytes` });
  }
  return faults;
}
