export const DEAD_LETTER_TYPES = /* GraphQL */ `
  "A header of a Kafka record."
  type RecordHeader {
    name: String!
    "Base64."
    value: String!
  }

  "A record that could not become a message."
  type DeadLetter {
    id: ID!
    "Without KAFKA_TOPIC_PREFIX."
    topic: String!
    partition: Int!
    offset: String!
    "Milliseconds since the epoch as the producer gave them."
    timestamp: String!
    reason: String!
    "What was found."
    detail: String!
    receivedAt: DateTime!
    "Null where the key is no UTF-8."
    key: String
    keyBase64: String
    headers: [RecordHeader!]!
    valueBytes: Int
    "For operators alone: events may carry personal data. Null where the value is no UTF-8."
    value: String
    "For operators alone."
    valueBase64: String
    "When it became messages after all."
    redrivenAt: DateTime
    redrivenBy: String
  }

  type DeadLetterEdge {
    cursor: String!
    node: DeadLetter!
  }

  type DeadLetterConnection {
    edges: [DeadLetterEdge!]!
    pageInfo: PageInfo!
  }

  "What is left out does not matter."
  input DeadLetterFilter {
    topic: String
    reason: String
    "From this on."
    receivedAfter: DateTime
    "Not from this on."
    receivedBefore: DateTime
    redriven: Boolean
  }
`;
