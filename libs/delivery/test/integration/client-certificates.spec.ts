import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { clientCertificateDetails, type ClientIdentity, type WebhookSender } from '@app/delivery';
import { TestAuthority } from '@app/testing';
import { loopbackSender, requestTo } from './sender-fixture.js';

const authority = new TestAuthority();
const own = authority.issue({ names: ['127.0.0.1'] });

const identityOf = (name: string, by = authority): ClientIdentity => {
  const { cert, key } = by.issue({ names: [name] });
  return { id: name, certificate: cert, key };
};
const [alice, bob] = [identityOf('alice.example'), identityOf('bob.example')];

let server: Server;
let url: string;
let sender: WebhookSender;
/** Who called, and on which connection. */
let callers: string[];

beforeEach(async () => {
  callers = [];
  server = createServer(
    { ...own, ca: authority.certificate, requestCert: true, rejectUnauthorized: true },
    (request, response) => {
      const socket = request.socket as TLSSocket;
      const { fingerprint256 } = socket.getPeerCertificate();
      callers.push(`${fingerprint256} ${socket.remotePort}`);
      response.end();
    },
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  sender = loopbackSender({ trustedCertificates: [authority.certificate] });
});
afterEach(async () => {
  await sender.close();
  server.close();
  await once(server, 'close');
});

const post = (identity?: ClientIdentity) =>
  sender.post(requestTo(url, identity === undefined ? {} : { identity }));
const printOf = ({ certificate, key }: ClientIdentity): string =>
  clientCertificateDetails(certificate, key).fingerprint;

describe('a receiver that asks for a client certificate', () => {
  it('gets that of the integration, whose connections serve nobody else', async () => {
    for (const identity of [alice, bob, alice, bob])
      expect(await post(identity)).toMatchObject({ kind: 'delivered' });

    const prints = callers.map((caller) => caller.split(' ')[0]);
    expect(prints).toEqual([alice, bob, alice, bob].map(printOf));
    expect(new Set(callers).size).toBe(2);
  });

  it('gets the one of each in new connections, too, where TLS sessions are resumed', async () => {
    for (const identity of [alice, bob]) {
      expect(await post(identity)).toMatchObject({ kind: 'delivered' });
      server.closeAllConnections();
    }
    for (const identity of [bob, alice])
      expect(await post(identity)).toMatchObject({ kind: 'delivered' });

    const prints = callers.map((caller) => caller.split(' ')[0]);
    expect(prints).toEqual([alice, bob, bob, alice].map(printOf));
  });

  it('gets nothing without one, nor with one of another authority', async () => {
    expect(await post()).toMatchObject({ kind: 'unreachable' });
    expect(await post(identityOf('mallory.example', new TestAuthority()))).toMatchObject({
      kind: 'unreachable',
    });
    // Whoever was let in before opens the door to nobody else.
    expect(await post(alice)).toMatchObject({ kind: 'delivered' });
    expect(await post()).toMatchObject({ kind: 'unreachable' });
    expect(callers).toHaveLength(1);
  });
});
