import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { AddressRefusedError, InvalidNetworkError } from './delivery.errors.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Network = readonly [Address, number];

/**
 * Decides which addresses may be called: global unicast, and what the operator allowed.
 *
 * Everything that is not plainly public is refused by the range it lies in: loopback, private,
 * link-local (cloud metadata), carrier NAT, multicast, reserved, and the forms that carry an IPv4
 * address inside an IPv6 one (mapped, NAT64, 6to4, Teredo), which would lead around the check.
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
    const parsed = ipaddr.parse(address);
    if (parsed.range() === 'unicast') return true;
    return formsOf(parsed).some((form) => this.#networks.some((net) => contains(net, form)));
  }

  /** @throws AddressRefusedError naming the host that was asked for and the address behind it. */
  assertAllowed(host: string, address: string): void {
    if (!this.allows(address)) throw new AddressRefusedError(host, address);
  }
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
