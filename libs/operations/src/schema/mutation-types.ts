/** What every input has besides its own: `reason` is demanded where nothing can be taken back. */
const actionFields = (reason = 'String'): string => `
    "Why, for the audit log."
    reason: ${reason}
    """
    An idempotency key: once it has changed something, a second request with it does nothing and gets the same answer. Without
    one every request acts.
    """
    requestId: UUID
    "Says what would happen, and does nothing."
    dryRun: Boolean! = false`;

export const MUTATION_TYPES = /* GraphQL */ `
  "What came of an action on a queue. Why it cannot be done at all is an error."
  enum QueueActionOutcome {
    "Done; of a dry run: it would be."
    CHANGED
    "It was so already: nothing was done."
    UNCHANGED
    "Only a blocked queue can be unblocked: nothing was done."
    NOT_BLOCKED
    "There was nothing in that range of time: nothing was done."
    NOTHING_FOUND
  }

  "Where a skipped message was put back."
  enum MessagePlace {
    "Nothing behind it had been delivered."
    HEAD
    "The head has not come to it yet, because an earlier message was put back."
    IN_ORDER
    "Behind what waits."
    BACK
  }

  type QueueActionPayload {
    outcome: QueueActionOutcome!
    dryRun: Boolean!
    "This is the answer to an earlier request with the same requestId."
    repeated: Boolean!
    "The queue as the audit log keeps it."
    before: JSON!
    after: JSON!
    "Where in the queue the message is or was."
    seq: String
    place: MessagePlace
    "How many messages are sent once more, and from which number on."
    messages: Int
    firstSeq: String
    "As it is now."
    queue: Queue!
  }

  input QueueActionInput {
    integrationId: UUID!
    ${actionFields()}
  }

  "What is left out is as configured."
  input SetRecoveryInput {
    integrationId: UUID!
    mode: RecoveryMode
    "Shortest and longest pause between attempts; both or none."
    backoffMinMs: Int
    backoffMaxMs: Int
    ${actionFields()}
  }

  input MessageActionInput {
    integrationId: UUID!
    messageId: UUID!
    ${actionFields()}
  }

  input DiscardMessageInput {
    integrationId: UUID!
    messageId: UUID!
    ${actionFields('String!')}
  }

  input ReplayMessagesInput {
    integrationId: UUID!
    "By the date of the envelopes, this one included."
    from: DateTime!
    "And this one not."
    to: DateTime!
    "Only those of this webhook."
    webhookId: UUID
    "Where they go, without the custom headers of the webhooks; by default to the webhooks' endpoints."
    endPoint: String
    ${actionFields()}
  }

  "Which dead letters; at least one of these. Those that were redriven before are left out."
  input DeadLetterSelection {
    id: ID
    topic: String
    reason: String
    "From this on."
    receivedAfter: DateTime
    "Not from this on."
    receivedBefore: DateTime
  }

  input RedriveDeadLettersInput {
    select: DeadLetterSelection!
    ${actionFields()}
  }

  "A record that is no event today either."
  type StillDeadLetter {
    id: ID!
    reason: String!
    detail: String!
  }

  type RedrivePayload {
    dryRun: Boolean!
    "This is the answer to an earlier request with the same requestId."
    repeated: Boolean!
    "Records that became messages, or would; one that nobody subscribed to counts as well."
    redriven: Int!
    "Messages that were added to queues; null in a dry run."
    messages: Int
    "The first 100 of those that stay what they are."
    stillDead: [StillDeadLetter!]!
    stillDeadCount: Int!
    "Selected ones that were not looked at: one request takes 10,000."
    remaining: Int!
  }

  "Every mutation needs the role operator, keeps the order of the queue, and is written to the audit log."
  type Mutation {
    "After the answer nothing more is sent, which may wait for a request under way; events are accepted."
    pauseQueue(input: QueueActionInput!): QueueActionPayload!
    "It goes on where it was."
    resumeQueue(input: QueueActionInput!): QueueActionPayload!
    "Has the head of a blocked queue tried now; nothing is skipped."
    unblockQueue(input: QueueActionInput!): QueueActionPayload!
    "How a blocked queue is freed. One that gave up is tried again."
    setQueueRecovery(input: SetRecoveryInput!): QueueActionPayload!
    """
    Parks the head, which has to be this message, and lets the queue go on behind it. Waits for the end of
    a request under way, as all that concerns the head does.
    """
    skipMessage(input: MessageActionInput!): QueueActionPayload!
    "Puts a parked message back: at the head while nothing behind it was delivered, else at the back."
    unskipMessage(input: MessageActionInput!): QueueActionPayload!
    "Takes a waiting or parked message out of the queue for good."
    discardMessage(input: DiscardMessageInput!): QueueActionPayload!
    "Sends what was delivered in a range of time once more, in order, behind what waits; at most 10,000."
    replayMessages(input: ReplayMessagesInput!): QueueActionPayload!
    """
    Has dead letters tried once more as if their records came now, the oldest first: behind what waits, and
    none twice.
    """
    redriveDeadLetters(input: RedriveDeadLettersInput!): RedrivePayload!
  }
`;
