import { OwnerStatusStore, signingKeysOf } from '@app/applications';
import { TEST_SECRETS_KEY, type ApiAnswer } from '@app/testing';
import { SignJWT } from 'jose';
import type { ErrorScene } from './error-scene.js';

const [SIGNING] = signingKeysOf({ configured: [], secretsKey: TEST_SECRETS_KEY });
const QUERY = '{ webhookTypes { type } }';

interface Forgery {
  readonly keyId?: string;
  readonly algorithm?: string;
  readonly expires?: string;
  readonly subject?: string;
  readonly issuer?: string | null;
}

/** A token as the service signs them, but for what is given. */
function forged(forgery: Forgery): Promise<string> {
  if (!SIGNING) throw new Error('there is no signing key');
  const { keyId = SIGNING.keyId, algorithm = 'HS256', expires = '1h' } = forgery;
  const { subject = 'client://somebody', issuer = 'nobody' } = forgery;
  const token = new SignJWT()
    .setProtectedHeader({ alg: algorithm, kid: keyId })
    .setAudience('an organization')
    .setSubject(subject)
    .setExpirationTime(expires);
  return (issuer === null ? token : token.setIssuer(issuer)).sign(SIGNING.key);
}

const present = (scene: ErrorScene, token: string): Promise<ApiAnswer> =>
  scene.parts.api.query(token, QUERY);

const body = JSON.stringify({ query: QUERY });
const owners = ({ parts }: ErrorScene) => new OwnerStatusStore(parts.deployment.dataSource);

/** By the documented reason: how a token comes to be refused for it. */
export const TOKEN_REFUSALS: Readonly<Record<string, (scene: ErrorScene) => Promise<ApiAnswer>>> = {
  'there is none; send it as "Authorization: Bearer <token>"': ({ parts }) => parts.api.post(body),
  'it is not sent as "Bearer <token>"': ({ parts }) =>
    parts.api.post(body, { Authorization: 'Basic dG86a2Vu' }),
  'it is not known': (scene) => present(scene, 'not-a-token'),
  'it is malformed': (scene) => present(scene, 'not.a.token'),
  'it has expired': async (scene) => present(scene, await forged({ expires: '-1m' })),
  'its signature is wrong': async (scene) => {
    const token = await forged({});
    const [head = '', claims = '', signature = ''] = token.split('.');
    const first = signature.startsWith('A') ? 'B' : 'A';
    return present(scene, [head, claims, `${first}${signature.slice(1)}`].join('.'));
  },
  'it is signed with an unknown key': async (scene) =>
    present(scene, await forged({ keyId: 'nobody' })),
  'it is not signed with an accepted algorithm': async (scene) =>
    present(scene, await forged({ algorithm: 'HS512' })),
  'its claim … does not hold': async (scene) => present(scene, await forged({ issuer: null })),
  'its claims have an unknown form': async (scene) =>
    present(scene, await forged({ subject: 'somebody' })),
  'it was revoked': async (scene) => {
    const { clientId, clientSecret, organizationId } = await scene.integration();
    const client = { client_id: clientId, client_secret: clientSecret };
    const first = await scene.parts.api.token({
      ...client,
      grant_type: 'client_credentials',
      organization_id: organizationId,
    });
    const refresh = {
      ...client,
      grant_type: 'refresh_token',
      refresh_token: String(first.body['refresh_token']),
    };
    await scene.parts.api.token(refresh);
    await scene.parts.api.token(refresh);
    return present(scene, String(first.body['access_token']));
  },
  'the integration is uninstalled': async (scene) => {
    const { integrationId, token } = await scene.integration();
    await owners(scene).uninstall(integrationId);
    return present(scene, token);
  },
  'the application is suspended': async (scene) => {
    const { clientId, token } = await scene.integration();
    await owners(scene).suspend(clientId);
    return present(scene, token);
  },
  'the client may not act there any more': async (scene) => {
    const integration = await scene.integration();
    const token = await scene.parts.api.accessToken(integration);
    await owners(scene).uninstall(integration.integrationId);
    return present(scene, token);
  },
  'its client is not known': async ({ parts }) =>
    parts.federated.query(await parts.issuer.token('nobody', 'an organization'), QUERY),
  'the client may not act in this organization': async (scene) => {
    const { clientId } = await scene.integration();
    const { federated, issuer } = scene.parts;
    return federated.query(await issuer.token(clientId, 'an organization'), QUERY);
  },
};
