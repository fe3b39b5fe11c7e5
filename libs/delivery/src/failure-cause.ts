import { isIPv6 } from 'node:net';
import { errors } from 'undici';
import type { FailedOutcome, FailureCode } from './delivery-outcome.js';

/** How far an attempt had come: `connect` covers DNS, TCP and TLS. */
export type AttemptPhase = 'connect' | 'head' | 'body';

export interface FailureCause {
  readonly kind: FailedOutcome['kind'];
  readonly code: FailureCode;
  /** One sentence without the endpoint's path or query, which may hold secrets. */
  readonly text: string;
}

const cause = (kind: FailedOutcome['kind'], code: FailureCode, text: string): FailureCause => ({
  kind,
  code,
  text,
});

const DNS = cause('unreachable', 'dns', 'The host name could not be resolved');
const TLS = cause('unreachable', 'tls', 'The TLS connection failed');
const REFUSED = cause('unreachable', 'connection_refused', 'The connection was refused');
const NO_ROUTE = cause('unreachable', 'connection_refused', 'The host cannot be reached');
const RESET = cause('unreachable', 'connection_reset', 'The connection was closed too early');
const PROTOCOL = cause('rejected', 'protocol', 'The answer is not valid HTTP/1.1');
const TOO_LARGE = cause('rejected', 'response_too_large', 'The answer is too large');
const HEAD_TOO_LARGE = cause('rejected', 'response_too_large', "The answer's head is too large");
const CONNECT_TIMEOUT = cause('timed_out', 'timeout_connect', 'No connection came up in time');
const RESPONSE_TIMEOUT = cause('timed_out', 'timeout_response', 'No complete answer came in time');

/** Error codes of Node, undici and the resolver that the receiver, its DNS or its network cause. */
const BY_CODE: Readonly<Record<string, FailureCause>> = {
  ENOTFOUND: DNS,
  ENODATA: DNS,
  ESERVFAIL: DNS,
  EREFUSED: DNS,
  ETIMEOUT: DNS,
  EBADNAME: DNS,
  EBADQUERY: DNS,
  EBADRESP: DNS,
  EFORMERR: DNS,
  ENOTIMP: DNS,
  ECONNREFUSED: REFUSED,
  EHOSTUNREACH: NO_ROUTE,
  EHOSTDOWN: NO_ROUTE,
  ENETUNREACH: NO_ROUTE,
  EAFNOSUPPORT: NO_ROUTE,
  // A firewall on the way out that forbids this one address.
  EACCES: NO_ROUTE,
  EPERM: NO_ROUTE,
  ECONNRESET: RESET,
  ECONNABORTED: RESET,
  EPIPE: RESET,
  UND_ERR_SOCKET: RESET,
  UND_ERR_CONNECT_TIMEOUT: CONNECT_TIMEOUT,
  UND_ERR_HEADERS_TIMEOUT: RESPONSE_TIMEOUT,
  UND_ERR_BODY_TIMEOUT: RESPONSE_TIMEOUT,
  UND_ERR_HEADERS_OVERFLOW: HEAD_TOO_LARGE,
  UND_ERR_RES_EXCEEDED_MAX_SIZE: TOO_LARGE,
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: PROTOCOL,
  EPROTO: TLS,
  ERR_TLS_CERT_ALTNAME_INVALID: TLS,
  ERR_TLS_HANDSHAKE_TIMEOUT: TLS,
  DEPTH_ZERO_SELF_SIGNED_CERT: TLS,
  SELF_SIGNED_CERT_IN_CHAIN: TLS,
  HOSTNAME_MISMATCH: TLS,
  INVALID_CA: TLS,
  INVALID_PURPOSE: TLS,
  PATH_LENGTH_EXCEEDED: TLS,
};

/** What `getaddrinfo` says about a name; out of memory and system errors are faults of ours. */
const DNS_CODE = /^EAI_(?!MEMORY$|SYSTEM$)/;

/** A machine without IPv6, or a link-local address without its interface; with IPv4 our own trouble. */
const NO_IPV6_CODES: ReadonlySet<string> = new Set(['EADDRNOTAVAIL', 'EINVAL']);

/** OpenSSL's families of certificate and handshake faults. */
const TLS_CODE = /^(CERT_|CRL_|UNABLE_TO_|ERROR_IN_CERT_|ERR_SSL_)/;

/**
 * What an error of an attempt says about the receiver, or null when it says nothing about it
 * (descriptors exhausted, no local IPv4 port left, a bug of ours). Such an error must be thrown on:
 * blocking a queue for it would blame the receiver for our trouble.
 */
export function causeOf(error: unknown, phase: AttemptPhase): FailureCause | null {
  if (!(error instanceof Error)) return null;
  if (error instanceof AggregateError) return causeOfRace(error.errors as unknown[], phase);
  const code = codeOf(error);
  if (code === 'address_refused') {
    return cause('refused_address', 'address_refused', error.message);
  }
  if (code === 'overlong_answer') return { ...TOO_LARGE, text: error.message };
  if (NO_IPV6_CODES.has(code) && connectsOverIpv6(error)) return withCode(NO_ROUTE, code);
  if (code === 'ETIMEDOUT') return withCode(timeoutCause(phase), code);
  // Not every fault that the parser finds has a code of its own.
  if (error instanceof errors.HTTPParserError) return PROTOCOL;
  // undici reports an unasked-for upgrade or answer like a lost connection.
  if (code === 'UND_ERR_SOCKET' && error.message.startsWith('bad ')) return PROTOCOL;
  const known = Object.hasOwn(BY_CODE, code) ? BY_CODE[code] : undefined;
  const found = known ?? familyOf(code);
  return found === undefined ? null : withCode(found, code);
}

/** What it means that a phase's time has run out. */
export function timeoutCause(phase: AttemptPhase): FailureCause {
  return phase === 'connect' ? CONNECT_TIMEOUT : RESPONSE_TIMEOUT;
}

/** What it means that an answer has more bytes than are read. */
export function tooLargeCause(maxBytes: number): FailureCause {
  return { ...TOO_LARGE, text: `The answer has more than ${maxBytes} bytes` };
}

function familyOf(code: string): FailureCause | undefined {
  if (DNS_CODE.test(code)) return DNS;
  return TLS_CODE.test(code) ? TLS : undefined;
}

function codeOf(error: NodeJS.ErrnoException): string {
  return error.code ?? '';
}

function connectsOverIpv6(error: Error & Connecting): boolean {
  return error.syscall === 'connect' && error.address !== undefined && isIPv6(error.address);
}

interface Connecting {
  readonly syscall?: string;
  readonly address?: string;
}

/**
 * Node reports a failed race over several addresses as one error that holds one per address. One
 * address that failed through our own trouble could have been the good one: then nobody is blamed.
 */
function causeOfRace(failures: readonly unknown[], phase: AttemptPhase): FailureCause | null {
  const causes = failures.map((failure) => causeOf(failure, phase));
  return causes.includes(null) ? null : (causes[0] ?? null);
}

/** undici's own codes tell an operator nothing beyond the text. */
function withCode(found: FailureCause, code: string): FailureCause {
  return code.startsWith('UND_') ? found : { ...found, text: `${found.text} (${code})` };
}
