import { isIP, isIPv4 } from 'node:net';
import ipaddr from 'ipaddr.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parsedUrl, type WebhookSender } from '@app/delivery';
import { TestReceiver } from '@app/testing';
import { NameResolver } from '../../src/name-resolver.js';
import { endpointCorpus } from '../corpus/endpoint-corpus.js';
import { NameServer, type Zone } from '../name-server.js';
import { loopbackSender, requestTo } from './sender-fixture.js';

const PUBLIC: Zone = { a: [[93, 184, 216, 34]] };

/** Every address of the corpus, however it is written there. */
const addresses = [
  ...new Set(
    endpointCorpus('hostile-endpoints.txt')
      .map((endPoint) => parsedUrl(endPoint)?.hostname.replace(/^\[|\]$/g, '') ?? '')
      .filter((host) => isIP(host) !== 0 && ipaddr.parse(host).range() !== 'unicast'),
  ),
];

let server: NameServer;
let servers: string[];
let sender: WebhookSender;

beforeAll(async () => {
  server = new NameServer();
  servers = [await server.start()];
  sender = loopbackSender({ allowedNetworks: [], lookup: resolving() });
});
afterAll(async () => {
  await sender.close();
  server.close();
});

/** With memories of its own. */
const resolving = () => new NameResolver({ giveUpMs: 2_000, servers }).lookup;

function zoneOf(address: string, beside: Zone | undefined): Zone {
  const bytes = ipaddr.parse(address).toByteArray();
  const more = typeof beside === 'object' ? (beside.a ?? []) : [];
  return isIPv4(address) ? { a: [...more, bytes] } : { a: more, aaaa: [bytes] };
}

async function expectRefused(name: string, zone: Zone): Promise<void> {
  server.zones.set(name, zone);
  expect(await sender.post(requestTo(`https://${name}/`))).toMatchObject({
    kind: 'refused_address',
    code: 'address_refused',
    message: expect.stringMatching(`^${name} leads to `),
  });
}

describe('a name server that leads', () => {
  it.each(addresses)('to %s is not followed, alone or beside a public address', async (address) => {
    const name = `n${addresses.indexOf(address)}.example`;

    await expectRefused(`alone.${name}`, zoneOf(address, undefined));
    await expectRefused(`mixed.${name}`, zoneOf(address, PUBLIC));
  });

  it('to a good address first and to this machine later is not followed there', async () => {
    const receiver = await TestReceiver.start();
    const good = await TestReceiver.start({ host: '127.0.0.2', port: receiver.port });
    const name = 'rebinding.example';
    const post = async (lookup = resolving()) => {
      const rebound = loopbackSender({ allowedNetworks: ['127.0.0.2/32'], lookup });
      const outcome = await rebound.post(requestTo(receiver.url('/', name)));
      await rebound.close();
      return outcome;
    };

    server.zones.set(name, { a: [[127, 0, 0, 2]] });
    expect(await post()).toMatchObject({ kind: 'delivered' });
    server.zones.set(name, { a: [[127, 0, 0, 1]] });
    expect(await post()).toMatchObject({ code: 'address_refused' });

    expect(good.requests).toHaveLength(1);
    expect(receiver.connectionCount).toBe(0);
    await receiver.close();
    await good.close();
  });
});
