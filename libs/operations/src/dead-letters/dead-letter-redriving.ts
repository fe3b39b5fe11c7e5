import type { DataSource } from '@app/database';
import type { DispatchSwitches } from '@app/events';
import { FormatterRegistry } from '@app/formatters';
import {
  DeadLetterRedrive,
  IngestStore,
  OperatorActionsStore,
  StoredDeadLettersStore,
} from '@app/queue';
import { IntegrationWebhooksQuery } from '@app/subscriptions';

/** By which rules records become messages: those of whoever consumes them, or they would differ. */
export interface RedriveRules extends DispatchSwitches {
  /** Values with more bytes stay dead letters. */
  readonly maxBytes: number;
  readonly clockSkewMs: number;
}

/** The stages of the pipeline for dead letters, without a process of ingest. */
export function deadLetterRedrive(dataSource: DataSource, rules: RedriveRules): DeadLetterRedrive {
  const formatters = new FormatterRegistry(rules);
  return new DeadLetterRedrive({
    deadLetters: new StoredDeadLettersStore(dataSource),
    ingest: new IngestStore(dataSource),
    webhooks: new IntegrationWebhooksQuery(dataSource, rules),
    actions: new OperatorActionsStore(dataSource),
    format: (record) => formatters.format(record),
  });
}
