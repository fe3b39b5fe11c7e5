import type { LookupAddress } from 'node:dns';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AddressGuard, AddressRefusedError, type WebhookSender } from '@app/delivery';
import { TestReceiver } from '@app/testing';
import { guardedConnector } from '../../src/guarded-connector.js';
import { NameResolver } from '../../src/name-resolver.js';
import { loopbackSender, requestTo } from './sender-fixture.js';

const LOCAL: LookupAddress = { address: '127.0.0.1', family: 4 };
const LOCAL_MAPPED: LookupAddress = { address: '::ffff:127.0.0.1', family: 6 };
const PUBLIC: LookupAddress = { address: '93.184.216.34', family: 4 };
const PRIVATE: LookupAddress = { address: '10.0.0.1', family: 4 };

let receiver: TestReceiver;
let sender: WebhookSender;

/** Answers every name with the next list, the last one over and over. */
function resolving(...answers: LookupAddress[][]): WebhookSender {
  let asked = 0;
  return loopbackSender({
    allowedNetworks: ['127.0.0.2/32'],
    connectTimeoutMs: 300,
    lookup: (_host, _options, callback) =>
      callback(null, answers[Math.min(asked++, answers.length - 1)] ?? []),
  });
}

beforeEach(async () => {
  receiver = await TestReceiver.start();
});

afterEach(async () => {
  await sender.close();
  expect(receiver.connectionCount).toBe(0);
  await receiver.close();
});

describe('an address that is not allowed is never connected to', () => {
  it.each([
    '127.0.0.1',
    '127.1',
    '0x7f.1',
    '0177.0.0.1',
    '2130706433',
    '127.0.0.1.',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::1]',
    '0',
  ])('in the spelling %s', async (host) => {
    sender = loopbackSender({ allowedNetworks: [] });

    expect(await sender.post(requestTo(receiver.url('/', host)))).toMatchObject({
      kind: 'refused_address',
      code: 'address_refused',
      statusCode: null,
    });
  });

  it.each([
    ['alone', [LOCAL], '127.0.0.1'],
    ['in IPv6 form', [LOCAL_MAPPED], '::ffff:127.0.0.1'],
    ['behind a public one', [PUBLIC, LOCAL], '127.0.0.1'],
    ['before a public one', [PRIVATE, PUBLIC], '10.0.0.1'],
  ])('in the answer to a name, %s', async (_where, addresses, named) => {
    sender = resolving(addresses);

    expect(await sender.post(requestTo(receiver.url('/', 'evil.example')))).toMatchObject({
      kind: 'refused_address',
      code: 'address_refused',
      message: `evil.example leads to ${named}, which is not a public address`,
    });
  });

  it.each(['127.0.0.1', '[::1]', '[::ffff:127.0.0.1]'])(
    'when nothing but the connection itself judges the literal %s',
    async (host) => {
      const guard = new AddressGuard({ allowedNetworks: [] });
      const { lookup } = new NameResolver({ giveUpMs: 300 });
      const connector = guardedConnector({ guard, connectTimeoutMs: 300, lookup });
      sender = loopbackSender();

      const error = await new Promise<Error | null>((resolve) => {
        const target = { hostname: host, protocol: 'http:', port: String(receiver.port) };
        connector(target, (...[failure]) => resolve(failure));
      });

      expect(error).toBeInstanceOf(AddressRefusedError);
    },
  );

  it('when a name changes its answer after it was found good', async () => {
    sender = resolving([{ address: '127.0.0.2', family: 4 }], [LOCAL]);
    const endPoint = receiver.url('/', 'rebinding.example');

    expect(await sender.post(requestTo(endPoint))).toMatchObject({ code: 'connection_refused' });
    expect(await sender.post(requestTo(endPoint))).toMatchObject({ code: 'address_refused' });
  });

  it('when a name has no address at all', async () => {
    sender = resolving([]);

    expect(await sender.post(requestTo(receiver.url('/', 'empty.example')))).toMatchObject({
      code: 'dns',
    });
  });

  it.each([302, 307, 308])('through a redirect (%d) of an allowed receiver', async (status) => {
    const allowed = await TestReceiver.start({ host: '127.0.0.2' });
    allowed.script('/', { kind: 'redirect', status, location: receiver.url('/secret') });
    sender = loopbackSender({ allowedNetworks: ['127.0.0.2/32'] });

    expect(await sender.post(requestTo(allowed.url()))).toMatchObject({
      kind: 'rejected',
      code: 'redirect',
      statusCode: status,
    });
    expect(await sender.post(requestTo(allowed.url('/last')))).toMatchObject({
      kind: 'delivered',
    });
    expect(await sender.post(requestTo(receiver.url('/secret')))).toMatchObject({
      code: 'address_refused',
    });
    expect(allowed.requests.map(({ path }) => path)).toEqual(['/', '/last']);
    await allowed.close();
  });
});

it('a connection that was led around every check carries no request', async () => {
  const allowed = await TestReceiver.start();
  const reads = ['93.184.216.34', '127.0.0.1'];
  const changing = {
    family: 4,
    // Public when it is judged, this machine when it is connected to.
    get address() {
      return (reads.length > 1 ? reads.shift() : reads[0]) ?? '';
    },
  };
  sender = loopbackSender({
    allowedNetworks: ['127.0.0.2/32'],
    allowedPorts: [allowed.port],
    lookup: (_host, _options, callback) => callback(null, [changing]),
  });

  expect(await sender.post(requestTo(allowed.url('/', 'evil.example')))).toMatchObject({
    code: 'address_refused',
    message: 'evil.example leads to 127.0.0.1, which is not a public address',
  });
  await allowed.waitFor((one) => one.connectionCount === 1 && one.openConnectionCount === 0);
  expect(allowed.requests).toEqual([]);
  await allowed.close();
});

it('a public address behind a name is called at the configured ports alone', async () => {
  const guard = new AddressGuard({ allowedNetworks: ['127.0.0.0/8'] });
  const codes = await Promise.all(
    ['', '8443', '8443', '22', '9443'].map((port) => codeAt(guard, port, [PUBLIC])),
  );

  // Those that may be called are connected to, where nobody answers.
  expect(codes).toEqual(['tried', 'tried', 'tried', 'address_refused', 'address_refused']);
  expect(await codeAt(guard, '22', [LOCAL, PUBLIC])).toBe('address_refused');
});

/** What comes of connecting to a name with these addresses, where 8443 may be called besides. */
function codeAt(guard: AddressGuard, port: string, addresses: LookupAddress[]): Promise<string> {
  const connector = guardedConnector({
    guard,
    connectTimeoutMs: 50,
    allowedPorts: [8443],
    lookup: (_host, _options, callback) => callback(null, addresses),
  });
  return new Promise((resolve) => {
    const target = { hostname: 'hooks.example', host: 'hooks.example', protocol: 'https:', port };
    connector(target, (...[failure]) => {
      const { code = '' } = (failure ?? {}) as NodeJS.ErrnoException;
      resolve(code === 'address_refused' ? code : 'tried');
    });
  });
}
