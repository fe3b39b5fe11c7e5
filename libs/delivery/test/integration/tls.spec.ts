import tls from 'node:tls';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { WebhookSender } from '@app/delivery';
import { selfSigned, TestAuthority, TestReceiver, type TestReceiverOptions } from '@app/testing';
import { loopbackSender, requestTo } from './sender-fixture.js';

const authority = new TestAuthority();
const DAY_MS = 86_400_000;

let sender: WebhookSender;
let receiver: TestReceiver | undefined;

beforeEach(() => {
  sender = loopbackSender({ allowHttp: false, trustedCertificates: [authority.certificate] });
});

afterEach(async () => {
  await sender.close();
  await receiver?.close();
  receiver = undefined;
});

async function meet(
  certificate: TestReceiverOptions['tls'],
  by: WebhookSender = sender,
  host = '127.0.0.1',
) {
  receiver = await TestReceiver.start(certificate && { tls: certificate });
  return by.post(requestTo(receiver.url('/', host)));
}

describe('an https endpoint', () => {
  it('with a certificate for its address is delivered to', async () => {
    expect(await meet(authority.issue({ names: ['127.0.0.1'] }))).toMatchObject({
      kind: 'delivered',
    });
    expect(receiver?.requests).toHaveLength(1);
  });

  it('with a certificate for its name is delivered to', async () => {
    const named = loopbackSender({
      trustedCertificates: [authority.certificate],
      lookup: (_host, _options, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }]),
    });

    const certificate = authority.issue({ names: ['hooks.example.com'] });

    expect(await meet(certificate, named, 'hooks.example.com')).toMatchObject({
      kind: 'delivered',
    });
    await named.close();
  });

  it.each([
    [
      'that has expired',
      { names: ['127.0.0.1'], validUntil: new Date(Date.now() - 1000) },
      'CERT_HAS_EXPIRED',
    ],
    [
      'that is not valid yet',
      { names: ['127.0.0.1'], validFrom: new Date(Date.now() + DAY_MS / 2) },
      'CERT_NOT_YET_VALID',
    ],
    ['for another host', { names: ['other.example'] }, 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ])('with a certificate %s gets nothing', async (_what, request, code) => {
    expect(await meet(authority.issue(request))).toMatchObject({
      kind: 'unreachable',
      code: 'tls',
      message: `The TLS connection failed (${code})`,
    });
    expect(receiver?.requests).toHaveLength(0);
  });

  it('with a certificate of an unknown authority gets nothing', async () => {
    const trusting = loopbackSender({ allowHttp: false });

    expect(await meet(authority.issue({ names: ['127.0.0.1'] }), trusting)).toMatchObject({
      kind: 'unreachable',
      code: 'tls',
      message: 'The TLS connection failed (UNABLE_TO_VERIFY_LEAF_SIGNATURE)',
    });
    expect(receiver?.requests).toHaveLength(0);
    await trusting.close();
  });

  it('with a certificate of an authority that bears the name of a trusted one gets nothing', async () => {
    const foreign = new TestAuthority().issue({ names: ['127.0.0.1'] });

    expect(await meet(foreign)).toMatchObject({
      kind: 'unreachable',
      code: 'tls',
      message: 'The TLS connection failed (CERT_SIGNATURE_FAILURE)',
    });
    expect(receiver?.requests).toHaveLength(0);
  });

  it('with a certificate that nobody but itself vouches for gets nothing', async () => {
    expect(await meet(selfSigned({ names: ['127.0.0.1'] }))).toMatchObject({
      kind: 'unreachable',
      code: 'tls',
      message: 'The TLS connection failed (DEPTH_ZERO_SELF_SIGNED_CERT)',
    });
    expect(receiver?.requests).toHaveLength(0);
  });

  it('that knows no version of TLS from 1.2 on gets nothing, whatever the runtime allows', async () => {
    const old = {
      ...authority.issue({ names: ['127.0.0.1'] }),
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    } as const;
    const { DEFAULT_CIPHERS: ciphers } = tls;
    tls.DEFAULT_MIN_VERSION = 'TLSv1';
    tls.DEFAULT_CIPHERS = 'DEFAULT@SECLEVEL=0';
    // What is made from now on would speak it, were it not told otherwise.
    const lax = loopbackSender({ trustedCertificates: [authority.certificate] });
    try {
      expect(await meet(old, lax)).toMatchObject({ kind: 'unreachable', code: 'tls' });
    } finally {
      tls.DEFAULT_MIN_VERSION = 'TLSv1.2';
      tls.DEFAULT_CIPHERS = ciphers;
      await lax.close();
    }
    expect(receiver?.requests).toHaveLength(0);
  });

  it('gets nothing with a wrong certificate, whatever the environment says', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    try {
      expect(await meet(selfSigned({ names: ['127.0.0.1'] }))).toMatchObject({ code: 'tls' });
    } finally {
      vi.unstubAllEnvs();
    }
    expect(receiver?.requests).toHaveLength(0);
  });

  it('that speaks no TLS is a failure of TLS', async () => {
    receiver = await TestReceiver.start();

    expect(await sender.post(requestTo(`https://127.0.0.1:${receiver.port}/`))).toMatchObject({
      kind: 'unreachable',
      code: 'tls',
    });
  });

  it('keeps its connection for the next message and survives its being stale', async () => {
    receiver = await TestReceiver.start({ tls: authority.issue({ names: ['127.0.0.1'] }) });
    receiver.script('/', { kind: 'close-on-reuse' });

    const first = await sender.post(requestTo(receiver.url()));
    const second = await sender.post(requestTo(receiver.url()));

    expect([first.kind, second.kind]).toEqual(['delivered', 'delivered']);
    expect(receiver.requests.map(({ connection }) => connection)).toEqual([0, 0, 1]);
  });
});
