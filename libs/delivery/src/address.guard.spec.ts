import { describe, expect, it } from 'vitest';
import { AddressGuard } from './address.guard.js';
import { AddressRefusedError, InvalidNetworkError } from './delivery.errors.js';

const notPublic = [
  '127.0.0.1',
  '10.1.2.3',
  '172.16.0.1',
  '192.168.1.1',
  '169.254.169.254',
  '168.63.129.16',
  '100.64.0.1',
  '0.0.0.0',
  '0.1.2.3',
  '192.0.0.1',
  '192.0.2.1',
  '198.18.0.1',
  '198.51.100.1',
  '203.0.113.1',
  '224.0.0.1',
  '240.0.0.1',
  '255.255.255.255',
  '::1',
  '::',
  '::ffff:127.0.0.1',
  '::ffff:8.8.8.8',
  '::127.0.0.1',
  '::7f00:1',
  '::a00:1',
  '::808:808',
  '64:ff9b::7f00:1',
  '64:ff9b:1::1',
  '2002:7f00:1::',
  '2001::1',
  '2001:db8::1',
  '3fff::1',
  '5f00::1',
  '100::1',
  'fe80::1',
  'fe80::1%eth0',
  'fc00::1',
  'fd00:ec2::254',
  'fec0::1',
  'ff02::1',
  // Not given out by IANA: they were taken for public ones.
  '::1:0:0',
  '::1:7f00:1',
  '4000::1',
  'e000::1',
];

const guard = (...allowedNetworks: string[]) => new AddressGuard({ allowedNetworks });

describe('AddressGuard', () => {
  it.each(['8.8.8.8', '93.184.216.34', '2606:4700::1111', '2001:4860:4860::8888'])(
    'allows the public address %s',
    (address) => {
      expect(guard().allows(address)).toBe(true);
    },
  );

  it.each(notPublic)('refuses %s', (address) => {
    expect(guard().allows(address)).toBe(false);
  });

  it.each(['localhost', '127.1', '0x7f.0.0.1', '2130706433', '[::1]', '8.8.8.8:443', ''])(
    'refuses %j, which is no address in its plain form',
    (text) => {
      expect(guard('0.0.0.0/0', '::/0').allows(text)).toBe(false);
    },
  );

  it('refuses a zone that only Node takes for one, where it threw', () => {
    expect(guard().allows('fe80::1%1:2')).toBe(false);
    expect(guard().refusal('a.example', 'fe80::1%1:2')).toBeInstanceOf(AddressRefusedError);
  });

  it('allows exactly the networks that it is told', () => {
    const told = guard('127.0.0.0/8', '10.20.0.0/16', 'fd00:1::/32');

    expect(
      ['127.0.0.1', '127.255.0.9', '10.20.255.1', 'fd00:1::9'].map((a) => told.allows(a)),
    ).toEqual([true, true, true, true]);
    expect(['10.21.0.1', '192.168.1.1', '::1', 'fd00:2::1'].map((a) => told.allows(a))).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });

  it('takes an IPv4 address in IPv6 form for the IPv4 address that it is', () => {
    expect(guard('127.0.0.0/8').allows('::ffff:127.0.0.1')).toBe(true);
    expect(guard('127.0.0.0/8').allows('::ffff:7f00:1')).toBe(true);
    expect(guard('10.0.0.0/8').allows('::ffff:127.0.0.1')).toBe(false);
  });

  it('names the host and the address that it refuses', () => {
    expect(guard().refusal('evil.example', '169.254.169.254')).toEqual(
      new AddressRefusedError('evil.example', '169.254.169.254'),
    );
    expect(guard().refusal('evil.example', '169.254.169.254')?.message).toBe(
      'evil.example leads to 169.254.169.254, which is not a public address',
    );
    expect(guard().refusal('good.example', '8.8.8.8')).toBeNull();
  });

  it('never calls what was denied, public or allowed besides', () => {
    const denying = new AddressGuard({
      allowedNetworks: ['10.0.0.0/8'],
      deniedNetworks: ['8.8.0.0/16', '10.1.0.0/16'],
      allowedHosts: ['inner.example'],
    });

    expect(['8.8.8.8', '10.1.2.3'].map((each) => denying.allows(each, 'inner.example'))).toEqual([
      false,
      false,
    ]);
    expect(['9.9.9.9', '10.2.2.3'].map((each) => denying.allows(each))).toEqual([true, true]);
    expect(denying.refusal('a.example', '8.8.8.8')?.message).toBe(
      'a.example leads to 8.8.8.8, which may not be called',
    );
  });

  it('lets an allowed name lead to private addresses, and to nothing stranger', () => {
    const allowing = new AddressGuard({
      allowedNetworks: [],
      allowedHosts: ['Hooks.internal', '*.svc.example'],
    });
    const reach = (host: string, address: string) => allowing.allows(address, host);

    expect(reach('hooks.internal', '10.0.0.1')).toBe(true);
    expect(reach('HOOKS.INTERNAL.', 'fd12::1')).toBe(true);
    expect(reach('a.b.svc.example', '127.0.0.1')).toBe(true);
    expect(reach('a.svc.example', '::ffff:127.0.0.1')).toBe(true);
    expect(reach('svc.example', '10.0.0.1')).toBe(false);
    expect(reach('evilsvc.example', '10.0.0.1')).toBe(false);
    expect(reach('other.internal', '10.0.0.1')).toBe(false);
    for (const address of ['169.254.169.254', 'fe80::1', '0.0.0.0', '224.0.0.1', '168.63.129.16'])
      expect(reach('hooks.internal', address)).toBe(false);
  });

  it.each(['10.0.0.0', '10.0.0.0/33', 'localhost/8', '', '::/129'])(
    'does not start with %j as an allowed network',
    (network) => {
      expect(() => guard('127.0.0.0/8', network)).toThrow(new InvalidNetworkError(network));
    },
  );
});
