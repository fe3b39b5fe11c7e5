import type { LookupAddress } from 'node:dns';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AddressGuard } from './address.guard.js';
import { AddressRefusedError } from './delivery.errors.js';
import { guardedConnector } from './guarded-connector.js';
import { NameResolver, type NameResolverOptions } from './name-resolver.js';
import { NameServer } from '../test/name-server.js';

const IPV6_BYTES = [0x26, 0x06, 0x47, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x11, 0x11];
const IPV4: LookupAddress = { address: '93.184.216.34', family: 4 };
const IPV6: LookupAddress = { address: '2606:4700::1111', family: 6 };
const HOSTS: LookupAddress = { address: '10.0.0.7', family: 4 };

let server: NameServer;
let address: string;
/** Every name that the system was asked for. */
let system: string[];

beforeEach(async () => {
  server = new NameServer();
  system = [];
  address = await server.start();
});

afterEach(() => {
  vi.useRealTimers();
  server.close();
});

function resolver(options: Partial<NameResolverOptions> = {}): NameResolver {
  return new NameResolver({
    giveUpMs: 5000,
    servers: [address],
    askSystem: (host) => {
      system.push(host);
      return Promise.resolve([HOSTS]);
    },
    ...options,
  });
}

const absent = (): Promise<never> =>
  Promise.reject(Object.assign(new Error('absent'), { code: 'ENOTFOUND' }));

describe('a name with a dot', () => {
  it('has the addresses of both families that a name server knows', async () => {
    server.zones.set('both.example', { a: [[93, 184, 216, 34]], aaaa: [IPV6_BYTES] });

    expect(await resolver().resolve('both.example')).toEqual([IPV4, IPV6]);
    expect(system).toEqual([]);
  });

  it.each([
    ['IPv4', { a: [[93, 184, 216, 34]] }, IPV4],
    ['IPv6', { aaaa: [IPV6_BYTES] }, IPV6],
  ])('may have addresses of %s alone', async (_family, zone, expected) => {
    server.zones.set('one.example', zone);

    expect(await resolver().resolve('one.example')).toEqual([expected]);
  });

  it.each([
    ['does not exist', undefined],
    ['has no address', {}],
  ])('that %s for the name servers may be known to the system', async (_what, zone) => {
    if (zone !== undefined) server.zones.set('hosts.example', zone);

    expect(await resolver().resolve('hosts.example')).toEqual([HOSTS]);
    expect(system).toEqual(['hosts.example']);
  });

  it('that nobody knows is not found', async () => {
    const unknown = resolver({ askSystem: absent });

    await expect(unknown.resolve('nobody.example')).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });

  it.each([
    ['failing', 'ESERVFAIL'],
    ['silent', 'ETIMEOUT'],
  ] as const)('of a %s name server is not looked for by the system', async (zone, code) => {
    server.zones.set('lost.example', zone);
    const hasty = resolver({ queryTimeoutMs: 50 });

    await expect(hasty.resolve('lost.example')).rejects.toMatchObject({ code });
    expect(system).toEqual([]);
  });

  it('does not wait for twenty others that nobody answers', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `silent-${index}.example`);
    for (const name of names) server.zones.set(name, 'silent');
    server.zones.set('good.example', { a: [[93, 184, 216, 34]] });
    const shared = resolver({ queryTimeoutMs: 500 });
    let ended = 0;
    const silent = names.map((name) => shared.resolve(name).catch(() => (ended += 1)));

    expect(await shared.resolve('good.example')).toEqual([IPV4]);
    expect(ended).toBe(0);
    await Promise.all(silent);
    expect(ended).toBe(20);
  });

  it('is refused by the guard when one of its addresses is not public', async () => {
    server.zones.set('mixed.example', { a: [[93, 184, 216, 34]], aaaa: [[...IPV6_BYTES].fill(0)] });
    const guard = new AddressGuard({ allowedNetworks: [] });
    const { lookup } = resolver();
    const connect = guardedConnector({ guard, connectTimeoutMs: 2000, lookup });

    const error = await new Promise<Error | null>((resolve) => {
      const target = { hostname: 'mixed.example', protocol: 'http:', port: '80' };
      connect(target, (...[failure]) => resolve(failure));
    });

    expect(error).toEqual(new AddressRefusedError('mixed.example', '::'));
  });
});

describe('a name of this machine', () => {
  it.each(['receiver', 'localhost', 'localhost.', 'shop.localhost', 'printer.local', 'db.local.'])(
    'such as %s is asked of the system alone',
    async (name) => {
      expect(await resolver().resolve(name)).toEqual([HOSTS]);
      expect([system, server.asked]).toEqual([[name], []]);
    },
  );

  it('resolves as it does for other programs', async () => {
    const found = await new NameResolver({ giveUpMs: 5000 }).resolve('localhost');

    expect(found.map((one) => one.address)).toEqual(
      expect.arrayContaining([expect.stringMatching(/^(127\.0\.0\.1|::1)$/)]),
    );
  });
});

describe('an answer', () => {
  it('is shared by all who ask at the same time, in any case of letters', async () => {
    server.zones.set('shared.example', { a: [[93, 184, 216, 34]] });
    const shared = resolver();

    const names = ['shared.example', 'Shared.Example', 'shared.example'];
    await Promise.all(names.map((name) => shared.resolve(name)));

    expect(server.asked).toHaveLength(2);
  });

  it('is kept for 30 seconds', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    server.zones.set('kept.example', { a: [[93, 184, 216, 34]] });
    const keeping = resolver();
    await keeping.resolve('kept.example');
    server.zones.set('kept.example', { aaaa: [IPV6_BYTES] });

    vi.advanceTimersByTime(29_999);
    expect(await keeping.resolve('kept.example')).toEqual([IPV4]);
    vi.advanceTimersByTime(1);
    expect(await keeping.resolve('kept.example')).toEqual([IPV6]);
  });

  it('that there is no such name is kept for 5 seconds', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const keeping = resolver({ askSystem: absent });
    await expect(keeping.resolve('new.example')).rejects.toMatchObject({ code: 'ENOTFOUND' });
    server.zones.set('new.example', { a: [[93, 184, 216, 34]] });

    vi.advanceTimersByTime(4999);
    await expect(keeping.resolve('new.example')).rejects.toMatchObject({ code: 'ENOTFOUND' });
    vi.advanceTimersByTime(1);
    expect(await keeping.resolve('new.example')).toEqual([IPV4]);
  });

  it('that is a failure of a name server is not kept', async () => {
    server.zones.set('ill.example', 'failing');
    const asking = resolver();
    await expect(asking.resolve('ill.example')).rejects.toMatchObject({ code: 'ESERVFAIL' });
    server.zones.set('ill.example', { a: [[93, 184, 216, 34]] });

    expect(await asking.resolve('ill.example')).toEqual([IPV4]);
  });

  it('makes room when ten thousand others have come', async () => {
    const keeping = resolver();
    await keeping.resolve('first');
    await Promise.all(Array.from({ length: 10_000 }, (_, index) => keeping.resolve(`n${index}`)));
    system = [];

    await Promise.all([keeping.resolve('first'), keeping.resolve('n9999')]);

    expect(system).toEqual(['first']);
  });
});
