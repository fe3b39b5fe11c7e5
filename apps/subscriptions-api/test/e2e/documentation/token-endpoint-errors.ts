import { OwnerStatusStore } from '@app/applications';
import type { ApiClient, SeededIntegration } from '@app/testing';
import { expect } from 'vitest';
import type { ErrorScene, Refusal } from './error-scene.js';

type Form = Readonly<Record<string, string>>;

const FORM = 'application/x-www-form-urlencoded';

/** A request to the token endpoint as it is. */
async function post(
  { parts }: ErrorScene,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Refusal> {
  const answer = await fetch(`${parts.api.url}/token`, {
    method: 'POST',
    body,
    headers: { 'Content-Type': FORM, ...headers },
  });
  const { error, error_description: message } = (await answer.json()) as Record<string, unknown>;
  return { status: answer.status, code: error, message };
}

/** A good request of a client, but for what is changed. */
async function changed(
  scene: ErrorScene,
  change: (integration: SeededIntegration) => Form | Promise<Form>,
  basic?: (integration: SeededIntegration) => string,
): Promise<Refusal> {
  const integration = await scene.integration();
  const { clientId, clientSecret, organizationId } = integration;
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: clientSecret,
    organization_id: organizationId,
    ...(await change(integration)),
  });
  const authorization = basic && { Authorization: basic(integration) };
  return post(scene, form.toString(), authorization);
}

/** A good request, to a service that refuses it all the same, and says when to come again. */
async function asked(api: ApiClient, integration: SeededIntegration): Promise<Refusal> {
  const { status, headers, body } = await api.token({
    grant_type: 'client_credentials',
    client_id: integration.clientId,
    client_secret: integration.clientSecret,
    organization_id: integration.organizationId,
  });
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  return { status, code: body['error'], message: body['error_description'] };
}

const basicOf = ({ clientId, clientSecret }: SeededIntegration): string =>
  `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;

/** By the documented condition: how the token endpoint comes to refuse a request for it. */
export const TOKEN_ENDPOINT_ERRORS: Readonly<
  Record<string, (scene: ErrorScene) => Promise<Refusal>>
> = {
  'a parameter is missing or empty': (scene) => changed(scene, () => ({ organization_id: '' })),
  'a parameter comes twice': (scene) => post(scene, 'grant_type=a&grant_type=b'),
  'a parameter has control characters': (scene) =>
    changed(scene, () => ({ organization_id: 'a\nb' })),
  "the organization's id is too long": (scene) =>
    changed(scene, () => ({ organization_id: 'o'.repeat(65) })),
  'scope besides scopes, with another value': (scene) =>
    changed(scene, () => ({ scope: 'a', scopes: 'b' })),
  'HTTP Basic, and client_secret in the form': (scene) => changed(scene, () => ({}), basicOf),
  'HTTP Basic, and another client_id in the form': (scene) =>
    changed(scene, () => ({ client_id: 'another', client_secret: '' }), basicOf),
  'the body is no form': (scene) => post(scene, '{}', { 'Content-Type': 'application/json' }),
  'the form has more than 10 kB': (scene) => post(scene, `grant_type=${'x'.repeat(10_000)}`),
  'unknown client, or wrong secret': (scene) => changed(scene, () => ({ client_secret: 'wrong' })),
  'an Authorization header that is not Basic': (scene) =>
    changed(
      scene,
      () => ({}),
      ({ token }) => `Bearer ${token}`,
    ),
  'another grant': (scene) => changed(scene, () => ({ grant_type: 'password' })),
  'a scope that the application does not have': (scene) =>
    changed(scene, () => ({ scopes: 'view_integrations everything' })),
  'an organization where it may not act': (scene) =>
    changed(scene, () => ({ organization_id: 'elsewhere' })),
  'the application is suspended': (scene) =>
    changed(scene, async ({ clientId }) => {
      await new OwnerStatusStore(scene.parts.deployment.dataSource).suspend(clientId);
      return {};
    }),
  'a refresh token that is used, over or not yours': (scene) =>
    changed(scene, () => ({ grant_type: 'refresh_token', refresh_token: 'nobody’s' })),
  'too many requests': async (scene) => {
    const integration = await scene.integration();
    await scene.parts.poor.accessToken(integration);
    return asked(scene.parts.poor, integration);
  },
  'the database is away': async (scene) => asked(scene.parts.cutOff, await scene.integration()),
  'a fault of the service': (scene) =>
    scene.without('application', () =>
      post(scene, 'grant_type=client_credentials&client_id=a&client_secret=b&organization_id=c'),
    ),
};
