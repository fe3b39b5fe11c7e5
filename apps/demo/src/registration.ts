import { randomUUID } from 'node:crypto';
import type { WebhookType } from '@app/events';
import type { Endpoint } from './endpoint.js';
import type { OperatorCommands } from './operator-commands.js';

/** An integration: an application installed in an organization, with a queue of its own. */
export interface Party extends Endpoint {
  readonly organizationId: string;
  readonly integrationId: string;
}

/** What `narrow` subscribes to; `wide` subscribes to every type with a single webhook. */
export const NARROW_TYPES = ['order/created', 'order/updated'] as const satisfies WebhookType[];

export const CUSTOM_HEADER = { name: 'x-demo-integration', value: 'Boreal' } as const;

export interface Registration {
  readonly wide: Party;
  readonly narrow: Party;
}

export interface RegistrationOptions {
  readonly operator: OperatorCommands;
  readonly receiverUrl: string;
  readonly signal: AbortSignal;
  /** Must take what comes to the endpoint from now on: the webhook is created right after. */
  readonly open: (endpoint: Endpoint) => void | Promise<void>;
}

/**
 * One application, installed in two organizations, with three webhooks. Organizations are new ones,
 * so that nothing registered earlier in the same database gets the same events.
 */
export async function register(options: RegistrationOptions): Promise<Registration> {
  const { operator, signal } = options;
  const application = await operator.createApplication('Demo stock sync', signal);
  const [wide, narrow] = await Promise.all([
    installed('Atlas', '/atlas', application, options),
    installed('Boreal', '/boreal', application, options),
  ]);
  await options.open(wide);
  await options.open(narrow);
  const create = (party: Party, ...more: string[]): Promise<unknown> =>
    operator.createWebhook(party.integrationId, options.receiverUrl + party.path, more, signal);
  const header = `${CUSTOM_HEADER.name}: ${CUSTOM_HEADER.value}`;
  await Promise.all([
    create(wide),
    ...NARROW_TYPES.map((type) => create(narrow, '--type', type, '--header', header)),
  ]);
  return { wide, narrow };
}

async function installed(
  name: string,
  path: string,
  { clientId, clientSecret }: { clientId: string; clientSecret: string },
  { operator, signal }: RegistrationOptions,
): Promise<Party> {
  const organizationId = randomUUID();
  const { integrationId } = await operator.install(clientId, organizationId, signal);
  return { name, path, clientSecret, organizationId, integrationId };
}
