import type { WebhookType } from '@app/events';
import type { Deployment, Subscription } from '@app/testing';

export interface Subscribers {
  readonly subscriptions: readonly Subscription[];
  readonly organizations: readonly string[];
  /** Paths of the receiver, and the queues whose webhooks are there. */
  readonly queuesOf: ReadonlyMap<string, readonly string[]>;
  readonly secretsOf: (webhookId: string) => readonly string[];
}

/** So many integrations in one organization: each of its records becomes as many messages. */
const FAN_OUT = 10;

/** One path for so many queues. */
const SHARED = 20;

/** Subscribed one by one by every third integration, whose queue then serves two webhooks. */
const TYPES: readonly WebhookType[] = ['order/created', 'order/updated'];

/** Integrations, their webhooks, and where those are, for a number of queues. */
export async function subscribe(
  deployment: Deployment,
  queues: number,
  urlOf: (path: string) => string,
): Promise<Subscribers> {
  const subscriptions: Subscription[] = [];
  const secrets = new Map<string, string[]>();
  const queuesOf = new Map<string, string[]>();
  let shared: string | undefined;
  for (let index = 0; index < queues; index += 1) {
    // A quarter of them has an organization together with nine others.
    const isTogether = index < queues / 4 && index % FAN_OUT > 0;
    const integration = await deployment.integration(
      isTogether && shared !== undefined ? { organizationId: shared } : {},
    );
    const { integrationId, organizationId, clientSecret } = integration;
    if (!isTogether) shared = organizationId;
    const path = index % (queues / SHARED) === 0 ? '/shared' : `/${index}`;
    queuesOf.set(path, [...(queuesOf.get(path) ?? []), integrationId]);
    const endPoint = urlOf(path);
    for (const type of index % 3 === 0 ? TYPES : [null]) {
      const webhookId = await deployment.webhook({ integrationId, type, endPoint });
      secrets.set(webhookId, [clientSecret]);
      subscriptions.push({ integrationId, webhookId, organizationId, type, endPoint });
    }
  }
  const organizations = [...new Set(subscriptions.map((each) => each.organizationId))];
  return { subscriptions, organizations, queuesOf, secretsOf: (id) => secrets.get(id) ?? [] };
}
