import { parseArgs } from 'node:util';
import { isWebhookType, WEBHOOK_TYPES, type WebhookType } from '@app/events';

export interface PublisherOptions {
  readonly types: readonly WebhookType[];
  /** Without one, the publisher registers integrations of its own and publishes for those. */
  readonly organizationId: string | undefined;
  /** Records of each type in a round. */
  readonly count: number;
  /** One round, in place of one after the other. */
  readonly once: boolean;
}

export type PublisherRequest =
  | { readonly kind: 'run'; readonly options: PublisherOptions }
  | { readonly kind: 'help' }
  | { readonly kind: 'refused'; readonly reason: string };

export const PUBLISHER_USAGE = `usage: node dist/apps/demo/src/publisher.js [--organization ID] [--type TYPE] [--count N] [--once]

Produces sample records to Kafka. Needs the variables of the service (KAFKA_BROKERS, DATABASE_URL, …).

  --organization ID   for this organization, once
                      (without it: creates and installs an application, registers webhooks through
                      the API at DEMO_API_URL, tells the receiver at DEMO_RECEIVER_URL, and
                      publishes for them every DEMO_INTERVAL_MS milliseconds)
  --type TYPE         only this type, such as order/created (otherwise one of each)
  --count N           so many of each, 1 to 10000 (otherwise 1)
  --once              one round only
  --help              this text
`;

const MOST = 10_000;

export function parsePublisherRequest(args: readonly string[]): PublisherRequest {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        organization: { type: 'string' },
        type: { type: 'string' },
        count: { type: 'string', default: '1' },
        once: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.help) return { kind: 'help' };
    const { organization, type, count, once } = values;
    if (type !== undefined && !isWebhookType(type)) return refused(`there is no type '${type}'`);
    const number = Number(count);
    if (!/^\d+$/.test(count) || number < 1 || number > MOST) {
      return refused(`--count must be a whole number from 1 to ${MOST}`);
    }
    const types = type === undefined ? WEBHOOK_TYPES : [type];
    return {
      kind: 'run',
      options: {
        types,
        organizationId: organization,
        count: number,
        once: once || organization !== undefined,
      },
    };
  } catch (error) {
    return refused(error instanceof Error ? error.message : String(error));
  }
}

function refused(reason: string): PublisherRequest {
  return { kind: 'refused', reason };
}
