import { isIP, type LookupFunction, type Socket } from 'node:net';
import { TLSSocket, type SecureContext } from 'node:tls';
import { buildConnector } from 'undici';
import type { AddressGuard } from './address.guard.js';
import type { ClientIdentity } from './client-identity.js';
import { PortRefusedError } from './delivery.errors.js';
import type { EgressProxy } from './egress-proxy.js';
import { isPublicPort, portOf } from './endpoint.js';
import { checkedAddresses, guardedLookup, type AddressRefusal } from './guarded-lookup.js';
import { clientContext, type TlsTrust } from './tls-context.js';

export interface ConnectorOptions extends TlsTrust {
  readonly guard: AddressGuard;
  /** Backstop in milliseconds; an attempt that was given up ends at the latest here. */
  readonly connectTimeoutMs: number;
  /** Ports of public addresses that may be called besides that of the scheme. */
  readonly allowedPorts?: readonly number[];
  /** How a name becomes addresses. */
  readonly lookup: LookupFunction;
  /** Where connections go through; directly to the receiver when not given. */
  readonly proxy?: EgressProxy;
  /** Presented to receivers that ask for it. */
  readonly identity?: ClientIdentity;
}

type Target = buildConnector.Options;
type Callback = buildConnector.Callback;

/**
 * Opens connections to allowed addresses only, whatever the name said when it was last asked.
 *
 * The decision is made on the address that is connected to, so that a name which changes its
 * answer between check and use gains nothing:
 * 1. an IP literal never reaches the lookup (Node skips it) and is judged first;
 * 2. a name is refused when *any* of its addresses is not allowed, because Node picks among them;
 * 3. the peer of the open socket is judged again, in case the two above were led around.
 * A kept-alive connection stays bound to the address that was judged.
 *
 * With an egress proxy the tunnel is asked for to the address that was judged, see {@link EgressProxy}.
 */
export function guardedConnector(options: ConnectorOptions): buildConnector.connector {
  const { proxy, allowedPorts = [] } = options;
  const secureContext = clientContext(options);
  const publicPorts = connectorTo(options, secureContext, { isPublicPort: true });
  const otherPorts = connectorTo(options, secureContext, { isPublicPort: false });
  return (target, callback) => {
    const connect = isPublicPort(target.port, allowedPorts) ? publicPorts : otherPorts;
    const host = hostOf(target);
    const literal = isIP(host) === 0 ? null : connect.refusal(host, host);
    if (literal !== null) return callback(literal, null);
    return proxy === undefined
      ? connect.directly(target, judged(target, callback, connect.refusal))
      : connect.through(
          proxy,
          target,
          judged(target, callback, () => null),
        );
  };
}

/** One connector for the ports that public addresses may be called at, one for all others. */
function connectorTo(
  { guard, lookup, connectTimeoutMs }: ConnectorOptions,
  secureContext: SecureContext,
  { isPublicPort: mayBePublic }: { readonly isPublicPort: boolean },
) {
  const refusal = (host: string, address: string): Error | null => {
    const refused = guard.refusal(host, address);
    if (refused !== null) return refused;
    const isRefused = !mayBePublic && guard.isPublic(address) && !guard.isAllowedHost(host);
    return isRefused ? new PortRefusedError(host, address) : null;
  };
  const checked = guardedLookup(lookup, refusal);
  const connect = buildConnector({
    timeout: connectTimeoutMs,
    allowH2: false,
    lookup: checked,
    // Said here, because NODE_TLS_REJECT_UNAUTHORIZED in the environment would void it.
    rejectUnauthorized: true,
    secureContext,
  } as buildConnector.BuildOptions);
  const through = (proxy: EgressProxy, target: Target, callback: Callback): void => {
    const host = hostOf(target);
    const addresses = proxy.resolves ? Promise.resolve([host]) : checkedAddresses(checked, host);
    addresses
      .then((found) => proxy.connect(found, portOf(target)))
      .then((tunnel) => {
        if (target.protocol === 'https:') connect({ ...target, httpSocket: tunnel }, callback);
        else callback(null, tunnel);
      })
      .catch((error: Error) => callback(error, null));
  };
  return { refusal, directly: connect, through };
}

/** The last word before a request is written: who has answered? */
function judged(target: Target, callback: Callback, refusal: AddressRefusal): Callback {
  return (...[error, socket]) => {
    if (error !== null) return callback(error, null);
    const peer = (socket as Socket).remoteAddress;
    // A peer that is gone before it could be judged has closed the connection.
    const refused =
      peer === undefined
        ? Object.assign(new Error('closed while connecting'), { code: 'ECONNRESET' })
        : refusal(hostOf(target), peer);
    if (refused === null) {
      // Nobody needs it, and each costs more than the handshake did.
      if (socket instanceof TLSSocket) socket.disableRenegotiation();
      return callback(null, socket);
    }
    socket.destroy();
    return callback(refused, null);
  };
}

function hostOf({ hostname }: Target): string {
  return hostname.replace(/^\[|\]$/g, '');
}
