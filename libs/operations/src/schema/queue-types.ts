export const QUEUE_TYPES = /* GraphQL */ `
  enum QueueStatus {
    HEALTHY
    "The last attempt failed: nothing behind its head is sent."
    BLOCKED
  }

  enum QueueState {
    READY
    "A process holds its lease: the head is in flight."
    LOCKED
  }

  "Whose queue it is."
  enum IntegrationType {
    INTEGRATION
    OAUTH_CLIENT
  }

  enum RecoveryMode {
    "The head is tried again by itself."
    PROBE
    "Only an operator has the head tried again."
    MANUAL
  }

  "Why it is not tried any more in this episode."
  enum GaveUpReason {
    "410 Gone."
    GONE
    "Days without success."
    NO_SUCCESS
  }

  "How a blocked queue is freed."
  type QueueRecovery {
    "What happens: MANUAL also where it gave up."
    effectiveMode: RecoveryMode!
    "Of this queue alone; null: as configured. So are the bounds of the pause between attempts."
    mode: RecoveryMode
    backoffMinMs: Int
    backoffMaxMs: Int
    gaveUpAt: DateTime
    gaveUpReason: GaveUpReason
  }

  "The delivery queue of an integration or OAuth client."
  type Queue {
    integrationId: UUID!
    integrationType: IntegrationType!
    organizationId: String!
    applicationId: UUID!
    status: QueueStatus!
    state: QueueState!
    "Messages waiting, the one in flight included."
    depth: Int!
    "Since when the head waits. A replay waits since it was made."
    oldestWaitingAt: DateTime
    "The number of the head, also where nothing waits."
    headSeq: String!
    "Since when an operator has paused it: it accepts messages and sends none."
    pausedAt: DateTime
    "Since when its application is suspended: it accepts messages and sends none."
    suspendedAt: DateTime
    blockedAt: DateTime
    healthySince: DateTime
    "Failed attempts of the head."
    attempts: Int!
    lastTriedAt: DateTime
    lastErrorCode: String
    lastErrorMessage: String
    "Null where nothing is scheduled: it is healthy, stopped, or only an operator can unblock it."
    nextAttemptAt: DateTime
    "The process that works on the head."
    leaseOwner: String
    leaseUntil: DateTime
    "The pace while a backlog drains; null: as fast as can be."
    messagesPerSecond: Float
    recovery: QueueRecovery!
    "What waits, the head first."
    nextMessages(first: Int! = 20, after: String): QueueMessageConnection!
    "What the head has left behind, the newest first."
    lastMessages(first: Int! = 20, after: String): QueueMessageConnection!
    "What was skipped and waits for a decision, in the order of the queue."
    parkedMessages(first: Int! = 20, after: String): ParkedMessageConnection!
  }

  type QueueEdge {
    cursor: String!
    node: Queue!
  }

  type QueueConnection {
    edges: [QueueEdge!]!
    pageInfo: PageInfo!
  }

  "What is left out does not matter."
  input QueueFilter {
    status: QueueStatus
    organizationId: String
    applicationId: UUID
    integrationType: IntegrationType
    paused: Boolean
    suspended: Boolean
    gaveUp: Boolean
    minDepth: Int
    headOlderThanSeconds: Int
    blockedForSeconds: Int
  }
`;
