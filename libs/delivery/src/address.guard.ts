import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { AddressRefusedError, InvalidNetworkError } from './delivery.errors.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Network = readonly [Address, number];

/**
 * `::a.b.c.d`, deprecated by RFC 4291 section 2.5.5.1. ipaddr.js calls most of it unicast, and the
 * URL parser turns `[::127.0.0.1]` into `[::7f00:1]`, which no longer looks like IPv4.
 */
const IPV4_COMPATIBLE = ipaddr.IPv6.parseCIDR('::/96');

/**
 * Decides which addresses may be called: global unicast, and what the operator allowed.
 *
 * Everything that is not plainly public is refused by the range it lies in: loopback, private,
 * link-local (cloud metadata), carrier NAT, multicast, reserved, and the forms that carry an IPv4
 * address inside an IPv6 one (mapped, compatible, NAT64, 6to4, Teredo), which would lead around the check.
 */
export class AddressGuard {
  readonly #networks: readonly Network[];

  /** @throws InvalidNetworkError for an entry that is no CIDR. */
  constructor(options: { readonly allowedNetworks: readonly string[] }) {
    this.#networks = options.allowedNetworks.map(parseNetwork);
  }

  /** True when the operator allowed any network beyond the public ones. */
  get hasAllowedNetworks(): boolean {
    return this.#networks.length > 0;
  }

  /** `address` is an IP address in text form, without brackets. Anything else is not allowed. */
  allows(address: string): boolean {
    if (isIP(address) === 0) return false;
    if (this.isPublic(address)) return true;
    const parsed = ipaddr.parse(address);
    return formsOf(parsed).some((form) => this.#networks.some((net) => contains(net, form)));
  }

  /** Whether an IP address, in the same form, is reachable from everywhere. */
  isPublic(address: string): boolean {
    return isPublic(ipaddr.parse(address));
  }

  /** @throws AddressRefusedError naming the host that was asked for and the address behind it. */
  assertAllowed(host: string, address: string): void {
    if (!this.allows(address)) throw new AddressRefusedError(host, address);
  }
}

function isPublic(address: Address): boolean {
  return address.range() === 'unicast' && !contains(IPV4_COMPATIBLE, address);
}

function parseNetwork(network: string): Network {
  if (!ipaddr.isValidCIDR(network)) throw new InvalidNetworkError(network);
  return ipaddr.parseCIDR(network);
}

/** An operator who allows 127.0.0.0/8 means ::ffff:127.0.0.1 too: it is the same host. */
function formsOf(address: Address): Address[] {
  if (address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress()) {
    return [address, address.toIPv4Address()];
  }
  return [address];
}

function contains([base, bits]: Network, address: Address): boolean {
  return base.kind() === address.kind() && address.match(base, bits);
}
