import { isIP } from 'node:net';
import type { AddressGuard } from './address.guard.js';
import { parsedUrl } from './parsed-url.js';

export interface EndpointRules {
  /** Whether `http:` is let through besides `https:`. */
  readonly allowHttp: boolean;
  /** Ports that may be called at public addresses besides that of the scheme (443, or 80 of http). */
  readonly allowedPorts: readonly number[];
  readonly guard: AddressGuard;
}

export type EndpointVerdict =
  | { readonly ok: true; readonly url: URL }
  | {
      readonly ok: false;
      /** `address_refused`: well formed, but it leads somewhere that may not be called. */
      readonly code: 'configuration' | 'address_refused';
      readonly reason: string;
    };

const MAX_LENGTH = 2048;
const MAX_HOST_LENGTH = 253;
/**
 * The URL parser drops or replaces these (half a surrogate pair is one) without a word, so that what is
 * shown would not be what is called.
 */
const INVISIBLE = /[\s\p{Cc}\p{Cs}]/u;
/** In the text, because empty ones leave no trace in the parsed URL, which takes any number of slashes for two. */
const CREDENTIALS = /^[^/?#:]*:\/*[^/?#]*@/;
/** RFC 1123 labels, with the underscore that some names have; the parser has written IDNA as ASCII. */
const HOST_NAME = /^(?!-)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*$/;
/** Names that only resolve inside a network or a machine. */
const INTERNAL_NAME = /(^|\.)(localhost|local|internal)$/;

/**
 * Judges an `endPoint` by its text alone. No name is resolved: creating a subscription must not
 * depend on a DNS server, and an answer of today says nothing about the address of tomorrow. The
 * address that is really connected to is judged at every connect.
 *
 * Internal names (`localhost`, single labels, `.local`, `.internal`) are refused here as long as
 * only public addresses may be called. With allowed networks, or where the operator allowed the name,
 * they are let through, because then such a name may well be meant, and the check at connect decides. The
 * same holds for ports: what listens elsewhere than on 443 of a public host is mostly no webhook receiver,
 * while on a network of one's own every port may be one.
 */
export function judgeEndpoint(endPoint: string, rules: EndpointRules): EndpointVerdict {
  if (endPoint.length > MAX_LENGTH) return fault(`is longer than ${MAX_LENGTH} characters`);
  if (INVISIBLE.test(endPoint)) return fault('contains white space or control characters');
  // The URL parser takes it for a slash, other readers for a part of the name before an `@`.
  if (endPoint.includes('\\')) return fault('contains a backslash');
  const url = parsedUrl(endPoint);
  if (url === undefined) return fault('is not a URL');
  const reason = reasonAgainst(url, endPoint, rules);
  if (reason !== null) return fault(reason);
  const refused = refusedHost(url, rules.guard);
  return refused === null
    ? { ok: true, url }
    : { ok: false, code: 'address_refused', reason: `The endpoint ${refused}` };
}

/**
 * Scheme, host and port of an endpoint: what the limit of simultaneous requests is counted by.
 * Text that is no URL has the origin `null`; such an endpoint is never connected to.
 */
export function originOf(endPoint: string): string {
  return parsedUrl(endPoint)?.origin ?? 'null';
}

/** The host without the brackets of an IPv6 literal and without the root's dot. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
}

/** The port that is connected to; that of the scheme where none is written. */
export function portOf({ port, protocol }: Pick<URL, 'port' | 'protocol'>): number {
  if (port !== '') return Number(port);
  return protocol === 'https:' ? 443 : 80;
}

function reasonAgainst(url: URL, endPoint: string, rules: EndpointRules): string | null {
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'is not an https URL';
  if (url.protocol === 'http:' && !rules.allowHttp) return 'is http; only https is allowed';
  if (url.username !== '' || url.password !== '' || CREDENTIALS.test(endPoint)) {
    return 'carries credentials';
  }
  // An empty fragment leaves no trace in `hash`, but the text has it.
  if (endPoint.includes('#')) return 'carries a fragment';
  if (url.port === '0') return 'has port 0';
  const host = hostOf(url);
  if (host === '') return 'has no host';
  if (host.length > MAX_HOST_LENGTH) return 'has a host name that is too long';
  if (isIP(host) === 0 && !HOST_NAME.test(host)) return 'has a host name that no receiver can have';
  return isRefusedPort(url, rules) ? `has port ${url.port}, which may not be called` : null;
}

/** Whether a public address may be called there. The URL parser has emptied `port` where it is that of the scheme. */
export function isPublicPort(port: string, allowedPorts: readonly number[]): boolean {
  return port === '' || allowedPorts.includes(Number(port));
}

function isRefusedPort(url: URL, { allowedPorts, guard }: EndpointRules): boolean {
  if (isPublicPort(url.port, allowedPorts)) return false;
  const host = hostOf(url);
  if (isIP(host) !== 0) return guard.isPublic(host);
  return !guard.hasAllowedNetworks && !guard.isAllowedHost(host);
}

function refusedHost(url: URL, guard: AddressGuard): string | null {
  const host = hostOf(url);
  if (isIP(host) !== 0) {
    if (guard.allows(host)) return null;
    const reason = guard.isPublic(host) ? 'may not be called' : 'is not a public address';
    return `has the address ${host}, which ${reason}`;
  }
  if (guard.hasAllowedNetworks || guard.isAllowedHost(host)) return null;
  const internal = !host.includes('.') || INTERNAL_NAME.test(host);
  return internal ? `has the internal name ${host}` : null;
}

function fault(reason: string): EndpointVerdict {
  return { ok: false, code: 'configuration', reason: `The endpoint ${reason}` };
}
