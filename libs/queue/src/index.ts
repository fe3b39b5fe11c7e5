export { cursorOf, positionOf } from './attempt-cursor.js';
export type { AttemptPosition } from './attempt-cursor.js';
export { DeadLetterRedrive } from './dead-letter-redrive.js';
export type { RedriveParts, RedriveResult, StillDead } from './dead-letter-redrive.js';
export { DeliveryAttemptsQuery } from './delivery-attempts.query.js';
export type {
  AttemptOutcome,
  AttemptsOfWebhook,
  DeliveryAttempt,
} from './delivery-attempts.query.js';
export { DeliveryRecorder } from './delivery-recorder.js';
export { QUICK_MS, RUN_MESSAGES } from './delivery-run.js';
export type { Delivery, RecordedRun } from './delivery-run.js';
export { DeliveryQueueQuery } from './delivery-queue.query.js';
export type { DeliveryQueue, GaveUpReason, QueueRecovery } from './delivery-queue.query.js';
export { CHALLENGE_HEADER, EndpointProofs } from './endpoint-proofs.js';
export { EndpointProofsStore } from './endpoint-proofs.store.js';
export { InFlightDeliveries } from './in-flight-deliveries.query.js';
export type { IngestItem, OwnedEvent } from './ingest-batch.js';
export { IngestStore } from './ingest.store.js';
export { IntegrationQueueEntity } from './integration-queue.entity.js';
export { IntegrationQueueMessageEntity } from './integration-queue-message.entity.js';
export type { MessageEmitterInterface } from './message-emitter.interface.js';
export { MessageEnqueuer } from './message-enqueuer.js';
export { messageIdOf } from './message-identity.js';
export { OperatorActionsStore } from './operator-actions.store.js';
export type { OperatorRequest } from './operator-actions.store.js';
export type { NoticeChannelInterface, NoticesSent } from './notice-channel.interface.js';
export { NoticePublisher } from './notice.publisher.js';
export type { NoticePublisherOptions } from './notice.publisher.js';
export { NoticeStore } from './notice.store.js';
export type { BlockedFor, NoticeChannelName, NoticeLease } from './notice.store.js';
export { OriginSlots } from './origin-slots.js';
export { OutcomeRecorder } from './outcome-recorder.js';
export type { MessageOrigin, QueueMessage, QueueLease } from './queue-lease.js';
export type { QueueLogInterface } from './queue-log.interface.js';
export type {
  EnqueuedBatch,
  LeaseLoss,
  OutcomeCode,
  QueueMetricsInterface,
} from './queue-metrics.interface.js';
export { NO_TRACES } from './queue-tracer.interface.js';
export type { DeliverySpan, EnqueueSpan, QueueTracerInterface } from './queue-tracer.interface.js';
export { QueueOperationsStore, REPLAY_LIMIT } from './queue-operations.store.js';
export type {
  OperationResult,
  OperationVerdict,
  Operator,
  QueueSnapshot,
  RecoverySettings,
  ReplayRange,
} from './queue-operations.store.js';
export { QueueState } from './queue-state.enum.js';
export { QueueStatus } from './queue-status.enum.js';
export { QueueNotFoundError, RequestIdUsedError } from './queue.errors.js';
export { QueueProcessor } from './queue.processor.js';
export type { QueueProcessorParts, SendingOptions, SendingTurn, Sent } from './queue.processor.js';
export { QueueScheduler } from './queue.scheduler.js';
export type { SchedulerOptions } from './queue.scheduler.js';
export { drainPace, QueueStore } from './queue.store.js';
export type { DrainPace, LeaseOptions } from './queue.store.js';
export { QueueSweeper } from './queue.sweeper.js';
export { QueueTotalsQuery } from './queue-totals.query.js';
export type { QueueTotals } from './queue-totals.query.js';
export { ReadyQueues } from './ready-queues.js';
export type { RetryBackoff } from './retry-backoff.js';
export { StoredDeadLettersStore } from './stored-dead-letters.store.js';
export type { DeadLetterSelection, StoredDeadLetter } from './stored-dead-letters.store.js';
export { STILL_BLOCKED, StillBlockedWatch } from './still-blocked.watch.js';
export type { StillBlockedOptions } from './still-blocked.watch.js';
export { TopicNoticeChannel } from './topic-notice.channel.js';
export type { NoticeEmitterInterface } from './topic-notice.channel.js';
export { WebhookNoticeChannel } from './webhook-notice.channel.js';
export type { OperatorEndpoint } from './webhook-notice.channel.js';
export { TestMessagesStore } from './test-messages.store.js';
export type { TestMessage } from './test-messages.store.js';
