import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { WebhookSender } from '@app/delivery';
import { TestAuthority, TestReceiver } from '@app/testing';
import { EgressServer } from '../egress-server.js';
import { loopbackSender, requestTo } from './sender-fixture.js';

const authority = new TestAuthority();
const CONNECT_TIMEOUT_MS = 1_000;

let proxy: EgressServer;
let receiver: TestReceiver;
let sender: WebhookSender;

beforeEach(async () => {
  proxy = await EgressServer.start();
  receiver = await TestReceiver.start();
});
afterEach(async () => {
  await sender.close();
  await receiver.close();
  await proxy.close();
});

function proxied(
  url = proxy.url(),
  { resolves = false, names = {} as Readonly<Record<string, string>> } = {},
): WebhookSender {
  return loopbackSender({
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    proxy: { url, resolves },
    trustedCertificates: [authority.certificate],
    lookup: (host, _options, callback) => {
      const address = names[host];
      if (address === undefined)
        return callback(Object.assign(new Error(host), { code: 'ENOTFOUND' }), []);
      return callback(null, [{ address, family: 4 }]);
    },
  });
}

describe('through an egress proxy', () => {
  it('requests come to the receiver, one tunnel for many', async () => {
    sender = proxied();

    for (let count = 0; count < 3; count += 1)
      expect(await sender.post(requestTo(receiver.url()))).toMatchObject({ kind: 'delivered' });

    expect(proxy.asked).toEqual([
      { authority: `127.0.0.1:${receiver.port}`, authorization: undefined },
    ]);
    expect(receiver.requests).toHaveLength(3);
  });

  it('TLS runs inside the tunnel, with the name of the receiver', async () => {
    const secured = await TestReceiver.start({
      tls: authority.issue({ names: ['hooks.example.com'] }),
    });
    const foreign = await TestReceiver.start({
      tls: authority.issue({ names: ['b.example.com'] }),
    });
    sender = proxied(undefined, { names: { 'hooks.example.com': '127.0.0.1' } });

    expect(await sender.post(requestTo(secured.url('/', 'hooks.example.com')))).toMatchObject({
      kind: 'delivered',
    });
    expect(await sender.post(requestTo(foreign.url('/', 'hooks.example.com')))).toMatchObject({
      code: 'tls',
    });
    // The name was resolved and judged here.
    expect(proxy.asked.map(({ authority: asked }) => asked)).toEqual([
      `127.0.0.1:${secured.port}`,
      `127.0.0.1:${foreign.port}`,
    ]);
    await secured.close();
    await foreign.close();
  });

  it('a TLS proxy is verified, and told who asks', async () => {
    const secured = await EgressServer.start(authority.issue({ names: ['127.0.0.1'] }));
    const strange = await EgressServer.start(new TestAuthority().issue({ names: ['127.0.0.1'] }));
    sender = proxied(secured.url('user:p%40ss@'));
    const wary = proxied(strange.url());

    expect(await sender.post(requestTo(receiver.url()))).toMatchObject({ kind: 'delivered' });
    expect(secured.asked[0]?.authorization).toBe(
      `Basic ${Buffer.from('user:p@ss').toString('base64')}`,
    );
    await expect(wary.post(requestTo(receiver.url()))).rejects.toMatchObject({
      code: 'egress_proxy',
    });
    await wary.close();
    await secured.close();
    await strange.close();
  });

  it('an address that may not be called is never asked for', async () => {
    sender = proxied(undefined, { names: { 'evil.example': '10.0.0.1' } });

    expect(await sender.post(requestTo('https://evil.example/'))).toMatchObject({
      code: 'address_refused',
    });
    expect(await sender.post(requestTo('https://169.254.169.254/'))).toMatchObject({
      code: 'address_refused',
    });
    expect(proxy.asked).toEqual([]);
  });

  it('names are left to the proxy where it resolves', async () => {
    proxy.knowing({ 'hooks.example': '127.0.0.1' });
    sender = proxied(undefined, { resolves: true });

    expect(await sender.post(requestTo(receiver.url('/', 'hooks.example')))).toMatchObject({
      kind: 'delivered',
    });
    expect(proxy.asked[0]?.authority).toBe(`hooks.example:${receiver.port}`);
    expect(await sender.post(requestTo('https://10.0.0.1/'))).toMatchObject({
      code: 'address_refused',
    });
  });
});

describe('a receiver is blamed for what the proxy says of it', () => {
  it.each([
    [{ status: 502 }, 'connection_refused'],
    [{ status: 504 }, 'timeout_connect'],
    [{ status: 503, headers: { 'Proxy-Status': 'edge; error=dns_error; rcode=NXDOMAIN' } }, 'dns'],
    [
      { status: 500, headers: { 'Proxy-Status': 'edge; error=connection_timeout' } },
      'timeout_connect',
    ],
    [{ status: 503, headers: { 'X-Squid-Error': 'ERR_CONNECT_FAIL 111' } }, 'connection_refused'],
  ])('%j', async (answer, code) => {
    proxy.answering(() => answer);
    sender = proxied();

    expect(await sender.post(requestTo(receiver.url()))).toMatchObject({
      kind: code === 'timeout_connect' ? 'timed_out' : 'unreachable',
      code,
    });
  });

  it('a silence about it while others are answered', async () => {
    proxy.answering((asked) => (asked.startsWith('127.0.0.2') ? 'silence' : 'tunnel'));
    sender = proxied();

    const silent = sender.post(requestTo('http://127.0.0.2:9/'));
    expect(await sender.post(requestTo(receiver.url()))).toMatchObject({ kind: 'delivered' });

    expect(await silent).toMatchObject({ code: 'timeout_connect' });
  });

  it('a connection that it ends', async () => {
    receiver.script('/', { kind: 'reset' });
    sender = proxied();

    expect(await sender.post(requestTo(receiver.url()))).toMatchObject({
      code: 'connection_reset',
    });
  });
});

describe("the proxy's own failures are nobody else's", () => {
  it.each([400, 403, 407, 429, 500, 503])('an answer of %d', async (status) => {
    proxy.answering(() => ({ status }));
    sender = proxied();

    await expect(sender.post(requestTo(receiver.url()))).rejects.toMatchObject({
      code: 'egress_proxy',
      message: `The egress proxy answered ${status} to CONNECT`,
    });
  });

  it('a proxy that is not there', async () => {
    sender = proxied();
    await proxy.close();

    await expect(sender.post(requestTo(receiver.url()))).rejects.toMatchObject({
      code: 'egress_proxy',
      message: 'The egress proxy cannot be used (ECONNREFUSED)',
    });
  });

  it('a proxy that says nothing to anybody', async () => {
    proxy.answering(() => 'silence');
    sender = proxied();

    await expect(sender.post(requestTo(receiver.url()))).rejects.toMatchObject({
      message: 'The egress proxy did not answer in time',
    });
  });

  it('a proxy that ends while a request is under way', async () => {
    receiver.script('/', { kind: 'hang' });
    sender = proxied();

    const underWay = sender.post(requestTo(receiver.url()));
    await receiver.waitFor(({ requests }) => requests.length === 1);
    await proxy.close();

    await expect(underWay).rejects.toMatchObject({ message: 'The egress proxy went away' });
  });
});
