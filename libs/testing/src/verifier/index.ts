export { digestOf } from './digest.js';
export { FAULT_EFFECTS, type Fault, type FaultEffect } from './fault.js';
export { type OperatorRepeat } from './operator-repeat.js';
export {
  producedRecords,
  type BatchAcknowledgement,
  type BatchRecord,
  type ProducedRecord,
  type UncertainRecord,
} from './produced-record.js';
export { reportText } from './report-text.js';
export {
  receivedRecord,
  type LedgerPosition,
  type ReceiverFacts,
  type ReceivedEnvelope,
  type ReceivedRecord,
} from './received-record.js';
export {
  type AttemptRow,
  type DeadLetterRow,
  type MessageRow,
  type QueueRow,
  type ServiceTables,
  type SetAsideRow,
} from './service-tables.js';
export {
  readServiceTables,
  type ServiceTablesOptions,
  type SqlSession,
} from './service-tables.query.js';
export { type Subscription } from './subscription.js';
export { timelineAround, type TimelineOptions } from './timeline.js';
export { VERDICT_KINDS, type Verdict, type VerdictKind } from './verdict.js';
export { type RunNote, type VerifierInput, type VerifierOptions } from './verifier-input.js';
export { type DuplicateCounts, type RunCounts, type VerifierReport } from './verifier-report.js';
export { verifyRun } from './verify-run.js';
