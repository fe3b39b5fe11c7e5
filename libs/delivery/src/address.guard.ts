import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { AddressRefusedError, InvalidNetworkError } from './delivery.errors.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Network = readonly [Address, number];

/**
 * All that IANA gives out of IPv6. ipaddr.js calls most of the rest unicast as well, `::a.b.c.d` among it
 * (RFC 4291 section 2.5.5.1), which the URL parser writes so that it no longer looks like IPv4.
 */
const GLOBAL_IPV6 = ipaddr.IPv6.parseCIDR('2000::/3');

/**
 * Global unicast by its number, and yet no place of the internet: what answers there belongs to the cloud
 * that this process may run in (Azure's WireServer gives out its machine's configuration).
 */
const OF_THE_CLOUD = new Set(['168.63.129.16']);

/** Where a name that the operator allowed may lead besides public addresses. */
const INTERNAL_RANGES = new Set(['private', 'uniqueLocal', 'carrierGradeNat', 'loopback']);

export interface AddressRules {
  /** CIDR list of networks that may be called although they are not public. */
  readonly allowedNetworks: readonly string[];
  /** CIDR list of networks that are never called, public or not; none when not given. */
  readonly deniedNetworks?: readonly string[];
  /**
   * Names, or `*.` and the end of names, that may lead to private and loopback addresses; none when not
   * given. Link-local addresses, where clouds keep their metadata, take an entry in `allowedNetworks`.
   */
  readonly allowedHosts?: readonly string[];
}

/**
 * Decides which addresses may be called: global unicast, and what the operator allowed.
 *
 * Everything that is not plainly public is refused by the range it lies in: loopback, private,
 * link-local (cloud metadata), carrier NAT, multicast, reserved, and the forms that carry an IPv4
 * address inside an IPv6 one (mapped, compatible, NAT64, 6to4, Teredo), which would lead around the check.
 */
export class AddressGuard {
  readonly #allowed: readonly Network[];
  readonly #denied: readonly Network[];
  readonly #hosts: ReadonlySet<string>;
  readonly #hostEnds: readonly string[];

  /** @throws InvalidNetworkError for an entry that is no CIDR. */
  constructor({ allowedNetworks, deniedNetworks = [], allowedHosts = [] }: AddressRules) {
    const hosts = allowedHosts.map((host) => host.toLowerCase());
    this.#allowed = allowedNetworks.map(parseNetwork);
    this.#denied = deniedNetworks.map(parseNetwork);
    this.#hosts = new Set(hosts.filter((host) => !host.startsWith('*.')));
    this.#hostEnds = hosts.filter((host) => host.startsWith('*.')).map((host) => host.slice(1));
  }

  /** True when the operator allowed any network beyond the public ones. */
  get hasAllowedNetworks(): boolean {
    return this.#allowed.length > 0;
  }

  /** Whether the operator allowed the name to lead to internal addresses. */
  isAllowedHost(host: string): boolean {
    const name = host.toLowerCase().replace(/\.$/, '');
    return this.#hosts.has(name) || this.#hostEnds.some((end) => name.endsWith(end));
  }

  /**
   * `address` is an IP address in text form, without brackets. Anything else is not allowed. `host` is
   * the name that led to it.
   */
  allows(address: string, host = address): boolean {
    const parsed = parsedAddress(address);
    if (parsed === undefined) return false;
    const forms = formsOf(parsed);
    if (isIn(this.#denied, forms)) return false;
    if (isPublic(parsed) || isIn(this.#allowed, forms)) return true;
    return this.isAllowedHost(host) && forms.some((form) => INTERNAL_RANGES.has(form.range()));
  }

  /** Whether it is an IP address, in the same form, that is reachable from everywhere. */
  isPublic(address: string): boolean {
    const parsed = parsedAddress(address);
    return parsed !== undefined && isPublic(parsed);
  }

  /** Names the host that was asked for and the address behind it; null where it may be called. */
  refusal(host: string, address: string): AddressRefusedError | null {
    if (this.allows(address, host)) return null;
    return new AddressRefusedError(host, address, this.isPublic(address));
  }
}

/** ipaddr.js takes short forms such as `127.1`, and throws for zones that `isIP` takes. */
function parsedAddress(text: string): Address | undefined {
  return isIP(text) !== 0 && ipaddr.isValid(text) ? ipaddr.parse(text) : undefined;
}

function isPublic(address: Address): boolean {
  if (address.range() !== 'unicast') return false;
  if (address.kind() === 'ipv6') return contains(GLOBAL_IPV6, address);
  return !OF_THE_CLOUD.has(address.toString());
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

function isIn(networks: readonly Network[], forms: readonly Address[]): boolean {
  return forms.some((form) => networks.some((network) => contains(network, form)));
}

function contains([base, bits]: Network, address: Address): boolean {
  return base.kind() === address.kind() && address.match(base, bits);
}
