import { randomUUID } from 'node:crypto';
import type { WebhookType } from '@app/events';
import type { Endpoint } from './endpoint.js';
import type { OperatorCommands } from './operator-commands.js';
import type { ApiWebhook, Caller, SubscriptionsApi } from './subscriptions-api.js';

/** Somebody with a queue of its own, who registers webhooks by itself. */
export interface Party extends Endpoint, Caller {
  readonly organizationId: string;
  /** Of its queue: the installation's id, or the OAuth client's. */
  readonly integrationId: string;
  /** As they were created. */
  readonly webhooks: readonly ApiWebhook[];
}

/** What `narrow` subscribes to; `wide` subscribes to every type with a single webhook. */
export const NARROW_TYPES = ['order/created', 'order/updated'] as const satisfies WebhookType[];

/** A custom header of every webhook; its value is the name of the party. */
export const CUSTOM_HEADER = 'x-demo-party';

/** What an integration's own token needs to see and change its webhooks. */
const SCOPES = ['edit_integrations', 'view_integrations'];

export interface Registration {
  /** An integration. */
  readonly wide: Party;
  /** An OAuth client. */
  readonly narrow: Party;
  /** The installation in the organization of `narrow`: an integration of its own, with no webhook yet. */
  readonly neighbour: Party;
}

export interface RegistrationOptions {
  readonly operator: OperatorCommands;
  readonly api: SubscriptionsApi;
  readonly receiverUrl: string;
  readonly signal: AbortSignal;
  /** Must take what comes to the endpoint from now on: the webhook is created right after. */
  readonly open: (endpoint: Endpoint) => void | Promise<void>;
}

interface Application {
  readonly clientId: string;
  readonly clientSecret: string;
}

/**
 * One application, which an operator installs in two organizations; its developer does the rest
 * through the API. In the first organization it is an integration with that token, in the second an
 * OAuth client as well. Organizations are new ones, so that nothing registered earlier in the same
 * database gets the same events.
 */
export async function register(options: RegistrationOptions): Promise<Registration> {
  const { operator, signal } = options;
  const application = await operator.createApplication('Demo stock sync', SCOPES, signal);
  const [atlas, neighbour] = await Promise.all([
    installed('Atlas', application, options),
    installed('Cirrus', application, options),
  ]);
  const boreal = await oauthClient('Boreal', application, neighbour.organizationId, options);
  await options.open(atlas);
  await options.open(boreal);
  const wide = await subscribed(atlas, [undefined], options);
  const narrow = await subscribed(boreal, NARROW_TYPES, options);
  return { wide, narrow, neighbour };
}

export function newWebhook(party: Party, receiverUrl: string, type?: WebhookType) {
  const headers = { [CUSTOM_HEADER]: party.name };
  return { ...(type && { type }), endPoint: receiverUrl + party.path, headers };
}

async function installed(
  name: string,
  { clientId, clientSecret }: Application,
  { operator, signal }: RegistrationOptions,
): Promise<Party> {
  const organizationId = randomUUID();
  const installation = await operator.install(clientId, organizationId, signal);
  const common = { name, path: pathOf(name), clientSecret, organizationId, webhooks: [] };
  return { ...common, ...installation, kind: 'integration' };
}

/** Installed in an organization, an application may act there as an OAuth client, too. */
async function oauthClient(
  name: string,
  { clientId, clientSecret }: Application,
  organizationId: string,
  { api }: RegistrationOptions,
): Promise<Party> {
  const credentials = { clientId, clientSecret, organizationId };
  const token = await api.accessToken(name, credentials);
  const caller = { name, kind: 'client', token } as const;
  const integrationId = await api.integrationOf(caller);
  const common = { path: pathOf(name), clientSecret, organizationId, webhooks: [] };
  return { ...caller, ...common, integrationId };
}

async function subscribed(
  party: Party,
  types: readonly (WebhookType | undefined)[],
  { api, receiverUrl }: RegistrationOptions,
): Promise<Party> {
  const webhooks: ApiWebhook[] = [];
  for (const type of types) {
    webhooks.push(await api.create(party, newWebhook(party, receiverUrl, type)));
  }
  return { ...party, webhooks };
}

function pathOf(name: string): string {
  return `/${name.toLowerCase()}`;
}
