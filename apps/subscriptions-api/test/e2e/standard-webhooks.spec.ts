import { createPublicKey, verify } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { Webhook } from 'standardwebhooks';
import {
  startDeployment,
  TestAuthority,
  TestReceiver,
  verifySignature,
  waitFor,
  type ApiClient,
  type Deployment,
  type ReceivedRequest,
  type SeededIntegration,
} from '@app/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isThere, run } from './documentation/programs.js';

/** Where the library is on this machine. */
const pythons = isThere('python3', '-c', 'import standardwebhooks') ? ['Python'] : [];

const authority = new TestAuthority();

let directory: string;
let deployment: Deployment;
let receiver: TestReceiver;
let api: ApiClient;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'standard-'));
  writeFileSync(join(directory, 'authority.pem'), authority.certificate);
  [deployment, receiver] = await Promise.all([
    startDeployment({ env: { DELIVERY_SSL_CA_FILE: join(directory, 'authority.pem') } }),
    TestReceiver.start(),
  ]);
  api = await deployment.startApi();
});
afterAll(async () => {
  await deployment?.dispose();
  await receiver?.close();
  rmSync(directory, { recursive: true, force: true });
});

const isSignedBy = (clientSecret: string, { body, headers }: ReceivedRequest): boolean => {
  const signature = String(headers['x-happycolis-webhook-signature']);
  return verifySignature({ body, signature, clientSecret });
};
const whsec = (secret: string): string => `whsec_${Buffer.from(secret).toString('base64')}`;
const textOf = ({ body }: ReceivedRequest): string => body.toString('utf8');
const headersOf = ({ headers }: ReceivedRequest): Record<string, string> =>
  Object.fromEntries(
    ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => [
      name,
      String(headers[name]),
    ]),
  );

/** Publishes an event, and gives the request that it became. */
async function delivered(path: string, { organizationId }: SeededIntegration, count = 1) {
  await deployment.publish({
    topic: 'order.created',
    value: JSON.stringify({ organizationId, text: 'é\u{1f600}', price: 10.5 }),
  });
  await receiver.waitForCount(count, { path });
  const request = receiver.requestsTo(path).at(-1);
  if (!request) throw new Error('nothing was received');
  return request;
}

interface PublishedKeys {
  readonly keys: readonly Record<'kid' | 'x' | 'key' | 'client_id', string>[];
}

async function publishedKeys(clientId?: string): Promise<PublishedKeys> {
  const query = clientId === undefined ? '' : `?client_id=${clientId}`;
  const answer = await fetch(`${api.url}/.well-known/webhook-keys.json${query}`);
  expect(answer.status).toBe(200);
  return (await answer.json()) as PublishedKeys;
}

function isGenuine(request: ReceivedRequest, x: string, signature: string): boolean {
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  const { 'webhook-id': id, 'webhook-timestamp': timestamp } = headersOf(request);
  const signed = Buffer.concat([Buffer.from(`${id}.${timestamp}.`), request.body]);
  return verify(null, signed, key, Buffer.from(signature.slice('v1a,'.length), 'base64'));
}

const signatures = (request: ReceivedRequest): string[] =>
  String(request.headers['webhook-signature']).split(' ');

describe('a delivery to a receiver that asks for a client certificate', () => {
  // The first of all: what a replica knows of certificates is up to 10 s old.
  it('presents the one of its integration', async () => {
    const { server, prints, url } = await certifiedReceiver();
    const integration = await deployment.integration();
    const { key, cert } = authority.issue({ names: ['client.example'] });
    writeFileSync(join(directory, 'client.pem'), cert);
    writeFileSync(join(directory, 'client.key'), key);
    const set = await deployment.command<{ fingerprint: string }>(
      'client-certificate',
      'set',
      '--integration',
      integration.integrationId,
      '--certificate-file',
      join(directory, 'client.pem'),
      '--key-file',
      join(directory, 'client.key'),
      '--json',
    );
    await api.create(integration.token, { endPoint: url });
    await deployment.publish({
      topic: 'order.created',
      value: JSON.stringify({ organizationId: integration.organizationId }),
    });

    await waitFor(() => prints.length === 1);
    expect(prints).toEqual([set.fingerprint]);
    expect(await deployment.command('client-certificate', 'list', '--json')).toMatchObject([
      { integrationId: integration.integrationId, fingerprint: set.fingerprint },
    ]);
    expect(deployment.printed).not.toContain(key.split('\n')[1]);
    server.close();
    server.closeAllConnections();
  });
});

describe('a delivery in the form of Standard Webhooks', () => {
  it('is verified by the official library, beside the signature of the platform', async () => {
    const integration = await deployment.integration();
    await api.create(integration.token, { endPoint: receiver.url('/standard') });
    const request = await delivered('/standard', integration);

    const { clientSecret } = integration;
    expect(new Webhook(whsec(clientSecret)).verify(textOf(request), headersOf(request))).toEqual(
      JSON.parse(textOf(request)),
    );
    expect(isSignedBy(clientSecret, request)).toBe(true);
    const { header } = JSON.parse(textOf(request)) as { header: { messageId: string } };
    expect(request.headers['webhook-id']).toBe(header.messageId);
  });

  it.each(pythons)('is verified by the official library for %s', async () => {
    const integration = await deployment.integration();
    await api.create(integration.token, { endPoint: receiver.url('/python') });
    const request = await delivered('/python', integration);
    const body = join(directory, 'body');
    writeFileSync(body, request.body);
    const judge = `import json, sys
from standardwebhooks.webhooks import Webhook
with open(sys.argv[1], "rb") as file:
    Webhook(sys.argv[2]).verify(file.read(), json.loads(sys.argv[3]))
print("genuine")`;
    const judged = (secret: string) =>
      run(['python3', '-c', judge, body, whsec(secret), JSON.stringify(headersOf(request))]);

    expect(await judged(integration.clientSecret)).toBe('genuine\n');
    await expect(judged('another secret')).rejects.toThrow('WebhookVerificationError');
  });

  it('names each attempt by its time, and the message by one id', async () => {
    const integration = await deployment.integration();
    receiver.script('/again', { kind: 'answer', status: 500 }, { kind: 'answer', status: 500 });
    await api.create(integration.token, { endPoint: receiver.url('/again') });
    await delivered('/again', integration, 3);

    const attempts = receiver.requestsTo('/again').slice(0, 3).map(headersOf);
    expect(new Set(attempts.map((each) => each['webhook-id'])).size).toBe(1);
    for (const { 'webhook-timestamp': timestamp } of attempts)
      expect(Math.abs(Number(timestamp) - Date.now() / 1_000)).toBeLessThan(60);
  });

  it('carries a signature for either secret while one is replaced; the header of the platform one', async () => {
    const integration = await deployment.integration();
    const { clientId, clientSecret: former } = integration;
    const { clientSecret } = await deployment.command<{ clientSecret: string }>(
      'application',
      'rotate-secret',
      '--client-id',
      clientId,
      '--json',
    );
    await api.create(integration.token, { endPoint: receiver.url('/rotating') });
    const request = await delivered('/rotating', integration);

    expect(signatures(request)).toHaveLength(2);
    for (const secret of [former, clientSecret])
      expect(() =>
        new Webhook(whsec(secret)).verify(textOf(request), headersOf(request)),
      ).not.toThrow();
    expect(isSignedBy(former, request)).toBe(true);
    expect(isSignedBy(clientSecret, request)).toBe(false);
  });
});

describe('a delivery of an application that has a signing key', () => {
  it('is verified by the key that is published for it, and by no other', async () => {
    const [integration, other] = [await deployment.integration(), await deployment.integration()];
    const command = (clientId: string) =>
      deployment.command<{ keyId: string; publicKey: string }>(
        'application',
        'enable-signing-key',
        '--client-id',
        clientId,
        '--json',
      );
    const key = await command(integration.clientId);
    await command(other.clientId);
    await api.create(integration.token, { endPoint: receiver.url('/signed') });
    const request = await delivered('/signed', integration);

    const [published, ...more] = (await publishedKeys(integration.clientId)).keys;
    expect(published).toMatchObject({
      kid: key.keyId,
      key: key.publicKey,
      client_id: integration.clientId,
      kty: 'OKP',
      alg: 'EdDSA',
      valid_until: null,
    });
    expect(more).toEqual([]);
    const [hmac, ed25519 = ''] = signatures(request);
    expect([hmac, ed25519]).toEqual([
      expect.stringMatching(/^v1,/),
      expect.stringMatching(/^v1a,/),
    ]);
    const all = (await publishedKeys()).keys;
    expect(all.filter(({ x }) => isGenuine(request, x, ed25519))).toEqual([published]);
    expect(all.length).toBeGreaterThan(1);
  });

  it('publishes keys without a token, and nothing to other methods', async () => {
    const path = `${api.url}/.well-known/webhook-keys.json`;

    expect((await fetch(path)).headers.get('cache-control')).toBe('public, max-age=300');
    expect((await fetch(path, { method: 'POST' })).status).toBe(405);
    expect((await publishedKeys('nobody')).keys).toEqual([]);
  });
});

async function certifiedReceiver(): Promise<{ server: Server; prints: string[]; url: string }> {
  const prints: string[] = [];
  const own = authority.issue({ names: ['127.0.0.1'] });
  const server = createServer(
    { ...own, ca: authority.certificate, requestCert: true, rejectUnauthorized: true },
    (request, response) => {
      prints.push((request.socket as TLSSocket).getPeerCertificate().fingerprint256);
      response.end();
    },
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, prints, url: `https://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}
