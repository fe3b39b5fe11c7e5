import type { DataSource } from '@app/database';
import { type DeadLetterRedrive, QueueOperationsStore } from '@app/queue';
import type { EndPointFault } from './actions/replay-input.js';
import { AuditLogQuery } from './audit/audit-log.query.js';
import { deadLetterRedrive, type RedriveRules } from './dead-letters/dead-letter-redriving.js';
import { OperatorDeadLettersQuery } from './dead-letters/operator-dead-letters.query.js';
import { MessageQuery } from './messages/message.query.js';
import { QueueMessagesQuery } from './messages/queue-messages.query.js';
import { QueueLedgerQuery } from './messages/queue-ledger.query.js';
import { OperatorQueuesQuery, type QueuesOptions } from './queues/operator-queues.query.js';

/** What the resolvers work with. */
export interface OperatorParts {
  readonly queues: OperatorQueuesQuery;
  readonly queueMessages: QueueMessagesQuery;
  readonly message: MessageQuery;
  readonly ledger: QueueLedgerQuery;
  readonly deadLetters: OperatorDeadLettersQuery;
  readonly auditLog: AuditLogQuery;
  readonly operations: QueueOperationsStore;
  readonly endPointFault: EndPointFault;
  readonly redrive: Pick<DeadLetterRedrive, 'execute'>;
}

export interface OperatorPartsOptions extends QueuesOptions {
  readonly endPointFault: EndPointFault;
  readonly redrive: RedriveRules;
}

export const operatorParts = (
  dataSource: DataSource,
  options: OperatorPartsOptions,
): OperatorParts => ({
  queues: new OperatorQueuesQuery(dataSource, options),
  queueMessages: new QueueMessagesQuery(dataSource),
  message: new MessageQuery(dataSource),
  ledger: new QueueLedgerQuery(dataSource),
  deadLetters: new OperatorDeadLettersQuery(dataSource),
  auditLog: new AuditLogQuery(dataSource),
  operations: new QueueOperationsStore(dataSource),
  endPointFault: options.endPointFault,
  redrive: deadLetterRedrive(dataSource, options.redrive),
});
