export const MESSAGE_TYPES = /* GraphQL */ `
  enum MessageStatus {
    QUEUED
    DELIVERED
    "Not sent and never will be: an operator decided so, or its webhook was removed."
    DISCARDED
    "Skipped; an operator decides what becomes of it."
    PARKED
    "Skipped, and put back behind what waited."
    REQUEUED
  }

  "How a message came to its place in the queue."
  enum MessageOrigin {
    EVENT
    "Sent once more."
    REPLAY
    "Put back after it was skipped."
    REQUEUE
    "A sample for the developer of a receiver."
    TEST
  }

  "A message at its place in a queue. Copies have the same messageId and a number of their own."
  type QueueMessage {
    integrationId: UUID!
    messageId: UUID!
    "Its number in the queue."
    seq: String!
    webhookId: UUID!
    type: String!
    "The date of the envelope: the same for every copy."
    enqueuedAt: DateTime!
    origin: MessageOrigin!
    "Where a replay goes to, when not to the endpoint of its webhook."
    endPoint: String
    status: MessageStatus!
    attemptCount: Int!
    lastTriedAt: DateTime
    lastErrorCode: String
    lastErrorMessage: String
  }

  type QueueMessageEdge {
    cursor: String!
    node: QueueMessage!
  }

  type QueueMessageConnection {
    edges: [QueueMessageEdge!]!
    pageInfo: PageInfo!
  }

  type ParkedMessage {
    messageId: UUID!
    seq: String!
    webhookId: UUID!
    "Failed attempts before it was skipped."
    attempts: Int!
    parkedAt: DateTime!
    parkedBy: String!
    reason: String
  }

  type ParkedMessageEdge {
    cursor: String!
    node: ParkedMessage!
  }

  type ParkedMessageConnection {
    edges: [ParkedMessageEdge!]!
    pageInfo: PageInfo!
  }

  "One POST and what came of it."
  type DeliveryAttempt {
    attempt: Int!
    startedAt: DateTime!
    durationMs: Int!
    "delivered, rejected, timed_out, unreachable, refused_address, invalid_configuration, discarded"
    outcome: String!
    statusCode: Int
    "Why it failed, for example http_status or timeout_response."
    code: String
    error: String
    "The beginning of a refused answer, at most 1 kB; what is no UTF-8 is replaced."
    excerpt: String
  }

  type DeliveryAttemptEdge {
    cursor: String!
    node: DeliveryAttempt!
  }

  type DeliveryAttemptConnection {
    edges: [DeliveryAttemptEdge!]!
    pageInfo: PageInfo!
  }

  "What an operator decided about a message at its place in the queue."
  type SetAside {
    decidedAt: DateTime!
    decidedBy: String!
    reason: String
    "Where it was put back."
    requeuedSeq: String
  }

  "A position of a queue: the record it came from, and what became of it."
  type LedgerEntry {
    seq: String!
    messageId: UUID!
    webhookId: UUID!
    type: String!
    origin: MessageOrigin!
    "Of its record, without KAFKA_TOPIC_PREFIX; null for a test. A copy has those of the message that it repeats."
    topic: String
    partition: Int
    offset: String
    enqueuedAt: DateTime!
    endPoint: String
    status: MessageStatus!
    attemptCount: Int!
    "The last 20, the oldest first."
    lastAttempts: [LedgerAttempt!]!
    setAside: SetAside
  }

  type LedgerAttempt {
    attempt: Int!
    startedAt: DateTime!
    durationMs: Int!
    outcome: String!
    statusCode: Int
    code: String
  }

  type LedgerEntryEdge {
    cursor: String!
    node: LedgerEntry!
  }

  type LedgerEntryConnection {
    edges: [LedgerEntryEdge!]!
    pageInfo: PageInfo!
  }

  type MessageCopy {
    seq: String!
    origin: MessageOrigin!
    endPoint: String
    status: MessageStatus!
    attemptCount: Int!
    lastTriedAt: DateTime
    lastErrorCode: String
    lastErrorMessage: String
    setAside: SetAside
    "The newest first."
    attempts(first: Int! = 20, after: String): DeliveryAttemptConnection!
  }

  "A message with all that is known of it."
  type Message {
    id: UUID!
    integrationId: UUID!
    webhookId: UUID!
    type: String!
    enqueuedAt: DateTime!
    "Null where it was dropped meanwhile, as the body is."
    bodyBytes: Int
    "The event as it is sent. For operators alone: events may carry personal data."
    body: String
    "Its places in the queue, the newest first, at most 10; more than one where it was sent once more."
    copies: [MessageCopy!]!
  }
`;
