import { ApplicationEntity, IntegrationEntity } from '@app/applications';
import { createDataSource, type DataSource } from '@app/database';
import { IntegrationWebhookEntity } from '@app/subscriptions';

const ENTITIES = [ApplicationEntity, IntegrationEntity, IntegrationWebhookEntity];
const CONNECT_TIMEOUT_MS = 10_000;

/** Connected, with the settings that the service itself uses. The caller destroys it. */
export async function openDataSource(url: string, poolSize: number): Promise<DataSource> {
  const dataSource = createDataSource(
    {
      url,
      ssl: false,
      poolSize,
      applicationName: 'happycolis-webhooks-bench',
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
    },
    ENTITIES,
  );
  return dataSource.initialize();
}
