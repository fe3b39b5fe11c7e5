import { BlockList } from 'node:net';
import { expectForAll, PROPERTY_TIMEOUT_MS } from '@app/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AddressGuard } from './address.guard.js';

/**
 * IANA IPv4 Special-Purpose Address Registry, with multicast and what the cloud answers at. The last three
 * (AS112, AMT) are reachable from everywhere, but nobody's own.
 */
const SPECIAL_IPV4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '168.63.129.16/32',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.175.48.0/24',
];
/** Of IANA's global unicast (2000::/3), what is not anybody's network. */
const SPECIAL_IPV6 = ['2001::/23', '2001:db8::/32', '2002::/16', '2620:4f:8000::/48', '3fff::/20'];

function listOf(networks: readonly string[], family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [base = '', bits] = network.split('/');
    list.addSubnet(base, Number(bits), family);
  }
  return list;
}

const special4 = listOf(SPECIAL_IPV4, 'ipv4');
const special6 = listOf(SPECIAL_IPV6, 'ipv6');
const global6 = listOf(['2000::/3'], 'ipv6');

const textOf = (number: number): string =>
  [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.');
const numberOf = (address: string): number =>
  address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);

/** Anywhere, and around the first and last address of every special network, where mistakes are made. */
const ipv4 = fc.oneof(
  fc.ipV4(),
  fc
    .tuple(fc.constantFrom(...SPECIAL_IPV4), fc.boolean(), fc.integer({ min: -3, max: 3 }))
    .map(([network, atEnd, off]) => {
      const [base = '', bits] = network.split('/');
      return textOf(numberOf(base) + (atEnd ? 2 ** (32 - Number(bits)) - 1 : 0) + off);
    }),
);

const PREFIXES = (
  '100 64:ff9b 64:ff9b:1 fe80 fec0 fc00 ff02 5f00 0 1fff 4000 e000 2000 2001 2001:0 2001:1 2001:20 ' +
  '2001:1ff 2001:200 2001:db8 2002:7f00:1 2606:4700 2620:4f:8000 3fff 3fff:1000'
).split(' ');
const group = fc.integer({ min: 0, max: 0xffff }).map((value) => value.toString(16));
const ipv6 = fc.oneof(
  fc.ipV6(),
  fc
    .tuple(fc.constantFrom(...PREFIXES), group, group)
    .map(([prefix, a, b]) => `${prefix}::${a}:${b}`),
  fc
    .tuple(fc.constantFrom('::', '::ffff:', '::ffff:0:', '64:ff9b::'), fc.ipV4())
    .map((parts) => parts.join('')),
);

describe('AddressGuard, without networks that an operator allowed', () => {
  const guard = new AddressGuard({ allowedNetworks: [] });

  it(
    'allows an IPv4 address if, and only if, no special network has it',
    async () => {
      await expectForAll(ipv4, (address) => {
        expect(guard.allows(address), address).toBe(!special4.check(address));
      });
    },
    PROPERTY_TIMEOUT_MS,
  );

  it(
    'allows an IPv6 address if, and only if, it is global unicast and no special network has it',
    async () => {
      await expectForAll(ipv6, (address) => {
        const isGlobal = global6.check(address, 'ipv6') && !special6.check(address, 'ipv6');
        expect(guard.allows(address), address).toBe(isGlobal);
      });
    },
    PROPERTY_TIMEOUT_MS,
  );

  it(
    'allows no text that is no address, and throws for none',
    async () => {
      const spoiled = fc
        .tuple(fc.oneof(ipv4, ipv6), fc.nat(), fc.constantFrom('%', 'x', ' ', '/8', ']', '\0', '٣'))
        .map(([address, at, piece]) => {
          const place = at % (address.length + 1);
          return `${address.slice(0, place)}${piece}${address.slice(place)}`;
        });
      const short = fc
        .array(fc.nat(255), { minLength: 1, maxLength: 3 })
        .map((parts) => parts.join('.'));
      const texts = fc.oneof(fc.string({ unit: 'binary' }), spoiled, short);
      await expectForAll(texts, (text) => {
        // A zone (`fe80::1%eth0`) is a part of an address that only this machine understands.
        if (guard.allows(text)) expect(text.replace(/%.*$/, '')).toMatch(/^[23][0-9a-f]{0,3}:/i);
      });
    },
    PROPERTY_TIMEOUT_MS,
  );
});
