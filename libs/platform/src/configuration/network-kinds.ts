import ipaddr from 'ipaddr.js';
import { maskUrlPassword } from './database-url-kind.js';
import { type Kind, ValueRefused } from './kind.js';
import { commaSeparated } from './kinds.js';
import { parsedUrl } from './parsed-url.js';

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

export const hostList: Kind<readonly string[]> = {
  expected: 'host names, or *. and the end of names, separated by commas',
  parse: (text) => [...new Set(commaSeparated(text).map(hostPattern))],
};

function hostPattern(text: string): string {
  const name = text.replace(/^\*\./, '').replace(/\.$/, '');
  if (!HOST_NAME.test(name)) throw new ValueRefused(`"${text}" is not a host name`);
  // An address would never be compared with it.
  if (ipaddr.isValid(name)) throw new ValueRefused(`"${text}" is an address, not a name`);
  return text.replace(/\.$/, '').toLowerCase();
}

export const portList: Kind<readonly number[]> = {
  expected: 'ports from 1 to 65535, separated by commas',
  parse: (text) => commaSeparated(text).map(portNumber),
};

function portNumber(text: string): number {
  const value = Number(text);
  if (!/^\d{1,5}$/.test(text) || value < 1 || value > 65_535) {
    throw new ValueRefused(`"${text}" is not a port`);
  }
  return value;
}

/** Compared with the header Origin, so each is written as browsers write it. */
export const originList: Kind<readonly string[]> = {
  expected: 'origins such as https://app.example.com, separated by commas',
  parse: (text) => [...new Set(commaSeparated(text).map(origin))],
};

function origin(text: string): string {
  const url = parsedUrl(text);
  if (url === undefined || !['https:', 'http:'].includes(url.protocol)) {
    throw new ValueRefused(`"${text}" is not an origin`);
  }
  // Host names with an asterisk parse, and would never be equal to what a browser sends.
  if (url.hostname.includes('*')) throw new ValueRefused(`"${text}" is a pattern`);
  if (url.href !== `${url.origin}/`) {
    throw new ValueRefused(`"${text}" has more than scheme, host and port`);
  }
  return url.origin;
}

/** Over http only on this machine, where nobody reads along and nobody else answers: keys and tokens depend on it. */
export const httpsUrl: Kind<string> = {
  expected: 'an https URL',
  parse(text) {
    const url = parsedUrl(text);
    const isLocal =
      url?.protocol === 'http:' && /^(127\.[\d.]+|localhost|\[::1\])$/.test(url.hostname);
    if (url === undefined || (url.protocol !== 'https:' && !isLocal)) throw new ValueRefused();
    if (url.username !== '' || url.password !== '') throw new ValueRefused('without credentials');
    return url.href;
  },
  mask: (text) => (text.includes('@') ? maskUrlPassword(text) : text),
};

/** May carry credentials, and is not shown for them. */
export const proxyUrl: Kind<string> = {
  expected: 'an http or https URL of a proxy, such as http://proxy.internal:3128',
  parse(text) {
    const url = parsedUrl(text);
    if (url === undefined || !['https:', 'http:'].includes(url.protocol)) throw new ValueRefused();
    if (url.pathname !== '/' || url.search !== '' || url.hash !== '') {
      throw new ValueRefused('it has more than scheme, credentials, host and port');
    }
    return url.href;
  },
  mask: maskUrlPassword,
};

/** The text itself, which is judged like every endpoint at start. Its path may be a secret, so it is not shown. */
export const webhookUrl: Kind<string> = {
  expected: 'an https URL',
  parse(text) {
    const url = parsedUrl(text);
    if (url === undefined || !['https:', 'http:'].includes(url.protocol)) throw new ValueRefused();
    if (url.username !== '' || url.password !== '') throw new ValueRefused('without credentials');
    return text;
  },
  mask: (text) => `*** (${text.length} characters)`,
};
