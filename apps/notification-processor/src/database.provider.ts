import { ApplicationEntity, IntegrationEntity } from '@app/applications';
import { createDataSource, DataSource } from '@app/database';
import { Configuration } from '@app/platform';
import { IntegrationQueueEntity, IntegrationQueueMessageEntity } from '@app/queue';
import { IntegrationWebhookEntity } from '@app/subscriptions';
import type { Provider } from '@nestjs/common';

/** How long a database connection may take. */
const CONNECT_TIMEOUT_MS = 5_000;

export const DATABASE: Provider = {
  provide: DataSource,
  inject: [Configuration],
  useFactory: ({ database }: Configuration) =>
    createDataSource(
      {
        ...database,
        applicationName: 'happycolis-webhooks processor',
        connectTimeoutMs: CONNECT_TIMEOUT_MS,
      },
      [
        ApplicationEntity,
        IntegrationEntity,
        IntegrationWebhookEntity,
        IntegrationQueueEntity,
        IntegrationQueueMessageEntity,
      ],
    ),
};
