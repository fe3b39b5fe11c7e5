import { parse, print } from 'graphql';
import { DEAD_LETTER_TYPES } from './dead-letter-types.js';
import { MESSAGE_TYPES } from './message-types.js';
import { MUTATION_TYPES } from './mutation-types.js';
import { QUEUE_TYPES } from './queue-types.js';

const ROOT_TYPES = /* GraphQL */ `
  "ISO 8601, UTC."
  scalar DateTime
  scalar UUID
  "Any JSON value."
  scalar JSON

  "What the bearer of a token may do."
  enum OperatorRole {
    "Sees everything but what events carry."
    VIEWER
    "Sees and changes everything."
    OPERATOR
  }

  "Whoever calls."
  type Operator {
    "What the audit log names."
    name: String!
    role: OperatorRole!
  }

  """
  A page may have fewer entries than were asked for, even none, while there is a next one: what was
  looked through had no more that fit the filter.
  """
  type PageInfo {
    hasNextPage: Boolean!
    "To be given as after for the next page."
    endCursor: String
  }

  "What an operator did."
  type OperatorAction {
    id: ID!
    actedAt: DateTime!
    actor: String!
    "The verb, for example skip."
    action: String!
    "Whose queue."
    integrationId: UUID
    "What it was done to or with, besides the queue."
    target: JSON
    reason: String
    requestId: UUID
    before: JSON
    after: JSON
    result: JSON
  }

  "What of a queue can be looked at: positions, both included."
  type LedgerRange {
    "Of the first message in the range of time; null: there is none."
    from: String
    "Of the last one; null: there is none."
    to: String
    headSeq: String!
    tailSeq: String!
    "Delivered messages and attempts that were stored before are dropped."
    keptSince: DateTime!
  }

  type OperatorActionEdge {
    cursor: String!
    node: OperatorAction!
  }

  type OperatorActionConnection {
    edges: [OperatorActionEdge!]!
    pageInfo: PageInfo!
  }

  input AuditLogFilter {
    actor: String
    action: String
    integrationId: UUID
    "From this on."
    after: DateTime
    "Not from this on."
    before: DateTime
  }

  type Query {
    me: Operator!
    "Queues in the order of their ids. At most 100 a page, as of every list."
    queues(filter: QueueFilter, first: Int! = 20, after: String): QueueConnection!
    queue(integrationId: UUID!): Queue
    message(id: UUID!): Message
    "The newest first."
    deadLetters(filter: DeadLetterFilter, first: Int! = 20, after: String): DeadLetterConnection!
    deadLetter(id: ID!): DeadLetter
    "Every position of a queue in order, with its record and what became of it."
    ledger(
      integrationId: UUID!
      "Positions, both included."
      from: String
      to: String
      first: Int! = 100
      after: String
    ): LedgerEntryConnection!
    "Positions of what was stored from fromTime to toTime; without them all."
    ledgerRange(integrationId: UUID!, fromTime: DateTime, toTime: DateTime): LedgerRange!
    "What operators did, the newest first."
    auditLog(filter: AuditLogFilter, first: Int! = 20, after: String): OperatorActionConnection!
  }
`;

/** The schema of the operator API; `operator.graphql` is written from it. */
export const OPERATOR_SDL = [
  ROOT_TYPES,
  MUTATION_TYPES,
  QUEUE_TYPES,
  MESSAGE_TYPES,
  DEAD_LETTER_TYPES,
]
  .map((types) => print(parse(types)))
  .join('\n\n');
