import { InitialSchema1763700000000 } from './1763700000000-initial-schema.js';
import { QueueOrder1763700000001 } from './1763700000001-queue-order.js';
import { SubscriptionManagement1764100000000 } from './1764100000000-subscription-management.js';
import { WebhookChanges1764100000001 } from './1764100000001-webhook-changes.js';
import { TimePartitions1764300000000 } from './1764300000000-time-partitions.js';
import { RecoveryAndOperators1764300000001 } from './1764300000001-recovery-and-operators.js';
import { QueueRecovery1764300000002 } from './1764300000002-queue-recovery.js';
import { OperatorVerbs1764300000003 } from './1764300000003-operator-verbs.js';
import { MessageVerbs1764300000004 } from './1764300000004-message-verbs.js';
import { NoticeChannels1764300000007 } from './1764300000007-notice-channels.js';
import { Retention1764310000000 } from './1764310000000-retention.js';
import { OperatorAccess1764400000000 } from './1764400000000-operator-access.js';
import { DeliveryRuns1764500000000 } from './1764500000000-delivery-runs.js';
import { DropWaitsAMoment1764510000000 } from './1764510000000-drop-waits-a-moment.js';
import { DeliveredPositions1764520000000 } from './1764520000000-delivered-positions.js';
import { DeliveryCredentials1764600000000 } from './1764600000000-delivery-credentials.js';
import { ServiceRole1764610000000 } from './1764610000000-service-role.js';

/** In the order in which they run. */
export const MIGRATIONS = [
  InitialSchema1763700000000,
  QueueOrder1763700000001,
  SubscriptionManagement1764100000000,
  WebhookChanges1764100000001,
  TimePartitions1764300000000,
  RecoveryAndOperators1764300000001,
  QueueRecovery1764300000002,
  OperatorVerbs1764300000003,
  MessageVerbs1764300000004,
  NoticeChannels1764300000007,
  Retention1764310000000,
  OperatorAccess1764400000000,
  DeliveryRuns1764500000000,
  DropWaitsAMoment1764510000000,
  DeliveredPositions1764520000000,
  DeliveryCredentials1764600000000,
  ServiceRole1764610000000,
] as const;
