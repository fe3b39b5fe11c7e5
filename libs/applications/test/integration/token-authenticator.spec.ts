import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { InstallationNotFoundError, TokenRefusedError } from '@app/applications';
import { seedIntegration, type SeededIntegration } from '@app/testing';
import { decodeJwt, exportJWK, generateKeyPair, SignJWT, type CryptoKey } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TokenScene } from './token-scene.js';

let scene: TokenScene;
let server: Server;
let platformKey: CryptoKey;
beforeAll(async () => {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  platformKey = privateKey;
  const body = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'platform' }] });
  server = createServer((_, response) => response.end(body));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  scene = await TokenScene.create(`http://127.0.0.1:${port}/`);
});
afterAll(async () => {
  server?.closeAllConnections();
  server?.close();
  await scene?.drop();
});

const authenticate = (token: string) => scene.authenticator.authenticate(token);

async function reasonAgainst(token: string): Promise<string> {
  const error: unknown = await authenticate(token).then(
    () => new Error('it was accepted'),
    (refusal: unknown) => refusal,
  );
  if (error instanceof TokenRefusedError) return error.reason;
  throw error;
}

async function granted({ clientId, clientSecret, organizationId }: SeededIntegration) {
  const grant = { clientId, clientSecret, organizationId, scopes: undefined };
  return (await scene.grants.clientCredentials(grant)).accessToken;
}

const seed = () => seedIntegration(scene.dataSource, { scopes: ['a', 'b'] });

interface PlatformClaims {
  readonly iss?: string;
  readonly aud: string;
  readonly clientId: string;
  readonly scope?: string;
}

const ofPlatform = ({ clientId, iss = 'platform-1', ...claims }: PlatformClaims) =>
  new SignJWT({ ...claims, iss, sub: `client://${clientId}` })
    .setProtectedHeader({ alg: 'ES256', kid: 'platform' })
    .setExpirationTime('1h')
    .sign(platformKey);

describe('an integration token', () => {
  it('stands for the installation', async () => {
    const { clientSecret: _, token, ...integration } = await seed();
    expect(await authenticate(token)).toEqual({
      kind: 'app',
      ...integration,
      scopes: ['a', 'b'],
      tokenKey: `app:${integration.integrationId}`,
    });
  });

  it.each(['', 'unknown', 'x'.repeat(8_192), '\u0000'])('is not "%.10s…"', async (token) => {
    expect(await reasonAgainst(token)).toBe('it is not known');
  });

  it('is not what is longer than any of ours, with dots or without', async () => {
    expect(await reasonAgainst('x'.repeat(8_193))).toBe('it is malformed');
    expect(await reasonAgainst('x.'.repeat(4_097))).toBe('it is malformed');
  });

  it('is refused while the application is suspended', async () => {
    const { clientId, token } = await seed();
    await scene.owners.suspend(clientId);
    expect(await reasonAgainst(token)).toBe('the application is suspended');
    await scene.owners.resume(clientId);
    expect(await authenticate(token)).toMatchObject({ kind: 'app' });
  });

  it('is refused from the end of the installation on', async () => {
    const { integrationId, token } = await seed();
    await scene.owners.uninstall(integrationId);
    expect(await reasonAgainst(token)).toBe('the integration is uninstalled');
  });

  it('is refused once there is another', async () => {
    const { integrationId, token } = await seed();
    const rotated = await scene.applications.rotateToken(integrationId);
    expect(rotated.integrationId).toBe(integrationId);
    expect(await reasonAgainst(token)).toBe('it is not known');
    expect(await authenticate(rotated.token)).toMatchObject({ integrationId });
  });

  it('is not made for an installation that has ended, or that does not exist', async () => {
    const { integrationId } = await seed();
    await scene.owners.uninstall(integrationId);
    const unknown = '00000000-0000-4000-8000-000000000000';
    for (const id of [integrationId, unknown]) {
      const rotating = scene.applications.rotateToken(id);
      await expect(rotating).rejects.toBeInstanceOf(InstallationNotFoundError);
    }
  });
});

describe('an access token', () => {
  it('stands for the client in the organization', async () => {
    const integration = await seed();
    const token = await granted(integration);
    const { applicationId, clientId, organizationId } = integration;
    const { iss, exp } = decodeJwt(token);
    expect(await authenticate(token)).toEqual({
      kind: 'client',
      integrationId: await scene.clients.ensure(applicationId, organizationId),
      organizationId,
      applicationId,
      clientId,
      scopes: ['a', 'b'],
      tokenId: iss,
      expiresAt: exp,
      tokenKey: expect.stringMatching(/^client:[\w-]{43}$/),
    });
  });

  it('is refused from its revocation on', async () => {
    const integration = await seed();
    const token = await granted(integration);
    await scene.tokens.revoke(integration.applicationId, integration.organizationId);
    expect(await reasonAgainst(token)).toBe('it was revoked');
  });

  it('is refused while the application is suspended', async () => {
    const integration = await seed();
    const token = await granted(integration);
    await scene.owners.suspend(integration.clientId);
    expect(await reasonAgainst(token)).toBe('the application is suspended');
    await scene.owners.resume(integration.clientId);
    expect(await authenticate(token)).toMatchObject({ kind: 'client' });
  });

  it('is refused once the client may not act there any more', async () => {
    const integration = await seed();
    const token = await granted(integration);
    await scene.owners.uninstall(integration.integrationId);
    expect(await reasonAgainst(token)).toBe('the client may not act there any more');
  });

  it('is refused where what it says is not what was issued', async () => {
    const [integration, other] = [await seed(), await seed()];
    const { iss: tokenId = '' } = decodeJwt(await granted(integration));
    const { organizationId, clientId } = integration;
    const right = { tokenId, organizationId, clientId };
    for (const change of [
      { tokenId: '00000000-0000-4000-8000-000000000000' },
      { tokenId: 'no uuid' },
      { organizationId: other.organizationId },
      { clientId: other.clientId },
    ]) {
      const forged = await scene.accessTokens.issue({ ...right, ...change });
      expect(await reasonAgainst(forged)).toBe('it is not known');
    }
    const same = await scene.accessTokens.issue(right);
    expect(await authenticate(same)).toMatchObject({ kind: 'client', tokenId });
  });

  it.each(['.', 'a.b.c', 'e30.e30.'])('is not %s', async (token) => {
    expect(await reasonAgainst(token)).toMatch(/malformed|algorithm/);
  });
});

describe('a token of the platform', () => {
  it('makes the client with its first request, once, and stands for it', async () => {
    const integration = await seed();
    const { applicationId, clientId, organizationId } = integration;
    const token = await ofPlatform({ clientId, aud: organizationId });
    const payloads = await Promise.all(Array.from({ length: 10 }, () => authenticate(token)));
    const made = await scene.database.one<{ id: string }>(
      'SELECT id FROM oauth_client WHERE app_id = $1',
      [applicationId],
    );
    for (const payload of payloads) {
      expect(payload).toMatchObject({ kind: 'client', integrationId: made.id, scopes: ['a', 'b'] });
    }
    expect(await authenticate(await granted(integration))).toMatchObject({
      integrationId: made.id,
    });
  });

  it('has those of the application’s scopes that it names, and all where it names none', async () => {
    const { clientId, organizationId: aud } = await seed();
    const scopes = async (scope?: string) =>
      (
        await authenticate(
          await ofPlatform({ clientId, aud, ...(scope !== undefined && { scope }) }),
        )
      ).scopes;
    expect(await scopes('b x')).toEqual(['b']);
    expect(await scopes('')).toEqual([]);
    expect(await scopes()).toEqual(['a', 'b']);
  });

  it('is refused for a client that is unknown, suspended, or may not act there', async () => {
    const { clientId, organizationId: aud } = await seed();
    const unknown = await ofPlatform({ clientId: 'unknown', aud });
    expect(await reasonAgainst(unknown)).toBe('its client is not known');
    const elsewhere = await ofPlatform({ clientId, aud: 'elsewhere' });
    expect(await reasonAgainst(elsewhere)).toBe('the client may not act in this organization');
    const token = await ofPlatform({ clientId, aud });
    await scene.owners.suspend(clientId);
    expect(await reasonAgainst(token)).toBe('the application is suspended');
    await scene.owners.resume(clientId);
    expect(await authenticate(token)).toMatchObject({ clientId });
  });

  it('is not taken for one of ours that has the same id', async () => {
    const integration = await seed();
    const { clientId, organizationId: aud } = integration;
    const own = await granted(integration);
    const { iss = '' } = decodeJwt(own);
    await scene.tokens.revoke(integration.applicationId, undefined);
    const token = await ofPlatform({ clientId, aud, iss });
    expect(await authenticate(token)).toMatchObject({ tokenId: iss });
    expect(await reasonAgainst(own)).toBe('it was revoked');
  });
});

describe('what limits are counted by', () => {
  it('is another for each token and for each kind, and nothing that could be presented', async () => {
    const integration = await seed();
    const { clientId, organizationId: aud, token } = integration;
    const own = await granted(integration);
    const { iss = '' } = decodeJwt(own);
    const presented = [
      token,
      own,
      await granted(integration),
      await ofPlatform({ clientId, aud, iss }),
      await ofPlatform({ clientId, aud, iss: 'another' }),
    ];
    const payloads = await Promise.all(presented.map(authenticate));
    const keys = payloads.map(({ tokenKey }) => tokenKey);
    expect(new Set(keys).size).toBe(presented.length);
    for (const each of presented) expect(keys.join()).not.toContain(each);
    expect(keys.join()).not.toContain(iss);
    expect((await authenticate(own)).tokenKey).toBe(keys[1]);
  });
});
