import { OauthError, type GrantedTokens } from '@app/applications';
import { seedIntegration, type SeededIntegration } from '@app/testing';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TokenScene } from './token-scene.js';

let scene: TokenScene;
beforeAll(async () => {
  scene = await TokenScene.create();
});
afterAll(() => scene?.drop());

const ALL = ['a', 'b', 'c'];
const seed = () => seedIntegration(scene.dataSource, { scopes: ALL });

type Change = Partial<{
  clientId: string;
  clientSecret: string;
  organizationId: string;
  scopes: readonly string[];
}>;

const credentials = (
  { clientId, clientSecret, organizationId }: SeededIntegration,
  change: Change = {},
): Promise<GrantedTokens> =>
  scene.grants.clientCredentials({
    clientId,
    clientSecret,
    organizationId,
    scopes: undefined,
    ...change,
  });

const refresh = (
  { clientId, clientSecret }: SeededIntegration,
  refreshToken: string,
  scopes?: readonly string[],
): Promise<GrantedTokens> =>
  scene.grants.refreshToken({ clientId, clientSecret, refreshToken, scopes });

async function codeOf(granting: Promise<unknown>): Promise<string> {
  const error: unknown = await granting.then(
    () => new Error('it was granted'),
    (refusal: unknown) => refusal,
  );
  if (error instanceof OauthError) return error.code;
  throw error;
}

const scopesOf = async (granted: GrantedTokens): Promise<readonly string[]> =>
  (await scene.authenticator.authenticate(granted.accessToken)).scopes;

const tokenCount = async (): Promise<number> =>
  (await scene.database.query('SELECT FROM oauth_token')).length;

describe('client credentials', () => {
  it('give an access token of an hour that names client and organization, with all scopes', async () => {
    const integration = await seed();
    const granted = await credentials(integration);
    expect(granted).toEqual({
      accessToken: expect.any(String),
      refreshToken: expect.any(String),
      expiresIn: 3_600,
      scopes: ALL,
    });
    const { clientId, organizationId } = integration;
    expect(decodeJwt(granted.accessToken)).toMatchObject({
      aud: organizationId,
      sub: `client://${clientId}`,
    });
    expect(await scene.authenticator.authenticate(granted.accessToken)).toMatchObject({
      kind: 'client',
      clientId,
      organizationId,
      scopes: ALL,
    });
  });

  it('give the scopes that are asked for, none where none are, and never more than the application has', async () => {
    const integration = await seed();
    const some = await credentials(integration, { scopes: ['c', 'a'] });
    expect(some.scopes).toEqual(['c', 'a']);
    expect(await scopesOf(some)).toEqual(['c', 'a']);
    expect(await scopesOf(await credentials(integration, { scopes: [] }))).toEqual([]);
    const before = await tokenCount();
    const more = credentials(integration, { scopes: ['a', 'd', 'e'] });
    await expect(more).rejects.toThrow('d e');
    expect(await codeOf(more)).toBe('invalid_scope');
    expect(await tokenCount()).toBe(before);
  });

  it('are refused where the application is neither installed nor allowed', async () => {
    const integration = await seed();
    const there = { organizationId: 'elsewhere' };
    expect(await codeOf(credentials(integration, there))).toBe('unauthorized_client');
    await scene.clients.allow(integration.clientId, 'elsewhere');
    expect((await credentials(integration, there)).scopes).toEqual(ALL);
    await scene.clients.disallow(integration.clientId, 'elsewhere');
    expect(await codeOf(credentials(integration, there))).toBe('unauthorized_client');
  });

  it('of a suspended application are refused while it is', async () => {
    const integration = await seed();
    const { refreshToken } = await credentials(integration);
    await scene.owners.suspend(integration.clientId);
    expect(await codeOf(credentials(integration))).toBe('unauthorized_client');
    expect(await codeOf(refresh(integration, refreshToken))).toBe('unauthorized_client');
    await scene.owners.resume(integration.clientId);
    expect((await refresh(integration, refreshToken)).scopes).toEqual(ALL);
  });

  it('that are wrong or unknown are refused alike, before anything else is said', async () => {
    const [integration, other] = [await seed(), await seed()];
    const { refreshToken } = await credentials(integration);
    await scene.owners.suspend(integration.clientId);
    for (const change of [
      { clientSecret: 'wrong' },
      { clientSecret: other.clientSecret },
      { clientId: 'unknown' },
      { clientSecret: 'wrong', organizationId: 'elsewhere', scopes: ['d'] },
    ]) {
      expect(await codeOf(credentials(integration, change))).toBe('invalid_client');
      const wrong = { ...integration, ...change };
      expect(await codeOf(refresh(wrong, refreshToken, ['d']))).toBe('invalid_client');
    }
  });

  it('make one client in an organization, whatever number of tokens', async () => {
    const integration = await seed();
    const granted = await Promise.all(Array.from({ length: 10 }, () => credentials(integration)));
    const payloads = await Promise.all(
      granted.map(({ accessToken }) => scene.authenticator.authenticate(accessToken)),
    );
    expect(new Set(payloads.map(({ integrationId }) => integrationId)).size).toBe(1);
    expect(new Set(payloads.map(({ tokenKey }) => tokenKey)).size).toBe(10);
    expect(payloads[0]?.integrationId).not.toBe(integration.integrationId);
  });
});

describe('a refresh token', () => {
  it('gives fewer scopes and, with the next, all of the grant again', async () => {
    const integration = await seed();
    const first = await credentials(integration, { scopes: ['a', 'b'] });
    const narrow = await refresh(integration, first.refreshToken, ['b']);
    expect(narrow.scopes).toEqual(['b']);
    expect(await scopesOf(narrow)).toEqual(['b']);
    const wide = await refresh(integration, narrow.refreshToken);
    expect(wide.scopes).toEqual(['a', 'b']);
    expect(await scopesOf(wide)).toEqual(['a', 'b']);
  });

  it('never gives more than was granted first, also not what the application has; it is not used by asking', async () => {
    const integration = await seed();
    const first = await credentials(integration, { scopes: ['a', 'b'] });
    const asking = refresh(integration, first.refreshToken, ['a', 'c']);
    expect(await codeOf(asking)).toBe('invalid_scope');
    expect((await refresh(integration, first.refreshToken)).scopes).toEqual(['a', 'b']);
  });

  it('is for the same organization, under another token id', async () => {
    const integration = await seed();
    const first = await credentials(integration);
    const next = decodeJwt((await refresh(integration, first.refreshToken)).accessToken);
    expect(next.aud).toBe(integration.organizationId);
    expect(next.iss).not.toBe(decodeJwt(first.accessToken).iss);
  });

  it('that is unknown, used, or another’s is refused', async () => {
    const [integration, other] = [await seed(), await seed()];
    const { refreshToken } = await credentials(integration);
    expect(await codeOf(refresh(integration, 'unknown'))).toBe('invalid_grant');
    expect(await codeOf(refresh(other, refreshToken))).toBe('invalid_grant');
    const next = await refresh(integration, refreshToken);
    expect(await codeOf(refresh(integration, refreshToken))).toBe('invalid_grant');
    expect(await codeOf(refresh(integration, next.refreshToken))).toBe('invalid_grant');
  });
});
