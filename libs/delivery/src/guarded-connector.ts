import type { LookupAddress } from 'node:dns';
import { isIP, type LookupFunction, type Socket } from 'node:net';
import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls';
import { buildConnector } from 'undici';
import type { AddressGuard } from './address.guard.js';
import { NameResolver } from './name-resolver.js';

export interface ConnectorOptions {
  readonly guard: AddressGuard;
  /** Backstop in milliseconds; an attempt that was given up ends at the latest here. */
  readonly connectTimeoutMs: number;
  /** How a name becomes addresses; a `NameResolver` when not given. */
  readonly lookup?: LookupFunction;
  /** PEM certificates that are trusted besides the well-known ones. */
  readonly trustedCertificates?: readonly string[];
}

/**
 * Opens connections to allowed addresses only, whatever the name said when it was last asked.
 *
 * The decision is made on the address that is connected to, so that a name which changes its
 * answer between check and use gains nothing:
 * 1. an IP literal never reaches the lookup (Node skips it) and is judged first;
 * 2. a name is refused when *any* of its addresses is not allowed, because Node picks among them;
 * 3. the peer of the open socket is judged again, in case the two above were led around.
 * A kept-alive connection stays bound to the address that was judged.
 */
export function guardedConnector(options: ConnectorOptions): buildConnector.connector {
  const { guard, connectTimeoutMs: giveUpMs } = options;
  const connect = buildConnector({
    timeout: options.connectTimeoutMs,
    allowH2: false,
    lookup: guardedLookup(guard, options.lookup ?? new NameResolver({ giveUpMs }).lookup),
    ...trust(options.trustedCertificates ?? []),
  } as buildConnector.BuildOptions);
  return (target, callback) => {
    const host = target.hostname.replace(/^\[|\]$/g, '');
    const literal = isIP(host) === 0 ? null : refusal(guard, host, host);
    if (literal !== null) return callback(literal, null);
    return connect(target, (...[error, socket]) => {
      if (error !== null) return callback(error, null);
      const refused = peerRefusal(guard, host, socket);
      if (refused === null) return callback(null, socket);
      socket.destroy();
      return callback(refused, null);
    });
  };
}

function guardedLookup(guard: AddressGuard, lookup: LookupFunction): LookupFunction {
  return (host, options, callback) =>
    lookup(host, { ...options, all: true }, (error, found) => {
      if (error !== null) return callback(error, []);
      const addresses = found as LookupAddress[];
      const [first] = addresses;
      if (first === undefined) return callback(coded('ENOTFOUND', `${host} has no address`), []);
      const refused = addresses
        .map(({ address }) => refusal(guard, host, address))
        .find((fault) => fault !== null);
      if (refused !== undefined) return callback(refused, []);
      return options.all === true
        ? callback(null, addresses)
        : callback(null, first.address, first.family);
    });
}

function peerRefusal(guard: AddressGuard, host: string, socket: Socket): Error | null {
  const peer = socket.remoteAddress;
  // A peer that is gone before it could be judged has closed the connection.
  if (peer === undefined) return coded('ECONNRESET', 'closed while connecting');
  return refusal(guard, host, peer);
}

function refusal(guard: AddressGuard, host: string, address: string): Error | null {
  try {
    guard.assertAllowed(host, address);
    return null;
  } catch (error) {
    return error as Error;
  }
}

function coded(code: string, message: string): NodeJS.ErrnoException {
  return Object.assign(new Error(message), { code });
}

/**
 * `ca` replaces the well-known certificates, so they are repeated. Built once: reading all of them
 * again for every connection would cost milliseconds each time.
 */
function trust(extra: readonly string[]): { secureContext?: SecureContext } {
  if (extra.length === 0) return {};
  return { secureContext: createSecureContext({ ca: [...rootCertificates, ...extra] }) };
}
