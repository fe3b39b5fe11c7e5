import ipaddr from 'ipaddr.js';
import { type Kind, ValueRefused } from './kind.js';
import { commaSeparated } from './kinds.js';

/** RFC 1123 labels, with the underscore that container networks allow. */
const HOST_NAME =
  /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*\.?$/i;

export const brokerList: Kind<readonly string[]> = {
  expected: 'host:port, several separated by commas',
  parse(text) {
    const brokers = commaSeparated(text);
    if (brokers.length === 0) throw new ValueRefused('it names no broker');
    for (const broker of brokers) {
      // The Kafka client takes everything up to the first colon for the host.
      if (broker.startsWith('[')) {
        throw new ValueRefused(`"${broker}" is an IPv6 address; give it a host name`);
      }
      if (!isHostAndPort(broker)) throw new ValueRefused(`"${broker}" is not host:port`);
    }
    return brokers;
  },
};

function isHostAndPort(text: string): boolean {
  const [, host, port] = /^([^:[\]/@]+):(\d{1,5})$/.exec(text) ?? [];
  if (Number(port) < 1 || Number(port) > 65_535) return false;
  return host !== undefined && HOST_NAME.test(host);
}

export const networkList: Kind<readonly string[]> = {
  expected: 'networks such as 10.0.0.0/8 or fd00::/8, separated by commas',
  parse: (text) => [...new Set(commaSeparated(text).map(network))],
};

/** Clears the host bits, so that what is shown is what is meant. A bare address is itself alone. */
function network(text: string): string {
  try {
    if (!text.includes('/')) {
      const address = ipaddr.parse(text);
      return `${address.toString()}/${address.kind() === 'ipv4' ? 32 : 128}`;
    }
    const [address, bits] = ipaddr.parseCIDR(text);
    const family = address.kind() === 'ipv4' ? ipaddr.IPv4 : ipaddr.IPv6;
    return `${family.networkAddressFromCIDR(text).toString()}/${bits}`;
  } catch {
    throw new ValueRefused(`"${text}" is not a network`);
  }
}
