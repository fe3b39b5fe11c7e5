import { parse, print } from 'graphql';

const TYPE_DEFINITIONS = /* GraphQL */ `
  extend schema
    @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable"])

  "A JSON object, for example of header names and values."
  scalar JSONObject

  "Whether what is sent to an endpoint arrives."
  enum WebhookHealth {
    "The last delivery succeeded."
    HEALTHY
    "A delivery failed: events are accepted and wait, in order, until it succeeds."
    FAILING
  }

  "Who may install an application."
  enum ApplicationType {
    PRIVATE
    PUBLIC
  }

  "A subscription: events of a type are posted to an endpoint, signed and in order."
  type IntegrationWebhook @key(fields: "id") {
    id: ID!
    "The type of event, for example order/created; null receives every type."
    type: String
    health: WebhookHealth!
    "Where events are posted to."
    endPoint: String!
    "Names of the custom headers. Their values are not shown: they are mostly credentials."
    headerNames: [String!]!
    "ISO 8601, UTC."
    createdAt: String!
    "The queue of the integration or client, which all its webhooks share. Needs view_integrations."
    queue: DeliveryQueue
    """
    What became of its messages, the newest first: first 20, or as many as are asked for, 100 at most.
    Needs view_integrations.
    """
    attempts(first: Int, after: String): DeliveryAttemptConnection
  }

  "How a queue goes on that a failure has stopped."
  enum QueueRecovery {
    "Its first message is tried again and again, at growing intervals."
    PROBE
    "An operator has it tried again; so does a change of the webhook."
    MANUAL
    "As MANUAL until it is healthy again, see gaveUpReason."
    GAVE_UP
  }

  "Why the first message of a queue is not tried again by itself any more."
  enum GaveUpReason {
    "The endpoint answered 410 Gone."
    GONE
    "Nothing was taken for days."
    NO_SUCCESS
  }

  "What waits to be sent, in order, one message at a time. Times are ISO 8601, UTC."
  type DeliveryQueue {
    health: WebhookHealth!
    "Since when it has that health."
    since: String!
    "The stable code of the failure that stops it, for example http_status."
    lastErrorCode: String
    lastErrorMessage: String
    "When the last attempt began, be it a success or not."
    lastTriedAt: String
    "Failed attempts of the first message so far."
    failedAttempts: Int!
    "Messages that wait, the one that is being sent included."
    depth: Int!
    "Since when the first message waits; null where none does."
    oldestWaitingAt: String
    oldestWaitingSeconds: Int
    "When the first message is tried again; null where that is not planned, or nothing has failed."
    nextAttemptAt: String
    "An operator has paused it: events are accepted, and none is sent."
    paused: Boolean!
    recovery: QueueRecovery!
    gaveUpReason: GaveUpReason
  }

  "What became of an attempt to deliver a message."
  enum AttemptOutcome {
    "Taken, by a 2xx."
    DELIVERED
    "Answered with anything else, or with what is no answer."
    REJECTED
    TIMED_OUT
    UNREACHABLE
    "Not sent: the host leads to no public address."
    REFUSED_ADDRESS
    "Not sent: the endpoint or a header is not allowed any more."
    INVALID_CONFIGURATION
    "Not sent: the webhook was removed."
    DISCARDED
  }

  "One attempt to deliver a message."
  type DeliveryAttempt {
    messageId: ID!
    "The type of the event; null where the message is not kept any more."
    type: String
    "Counts the attempts of the message from 1."
    attempt: Int!
    "ISO 8601, UTC."
    startedAt: String!
    durationMs: Int!
    outcome: AttemptOutcome!
    "Of the answer, where there was one."
    statusCode: Int
    "The stable code of the failure, for example http_status or timeout_response."
    code: String
    "The failure in a sentence."
    error: String
    "The first kilobyte of an answer that is no 2xx; what is no UTF-8 in it is replaced."
    excerpt: String
    "Whether it was a test event; null where the message is not kept any more."
    isTest: Boolean
  }

  type DeliveryAttemptEdge {
    "To be given as after. It has no meaning of its own."
    cursor: String!
    node: DeliveryAttempt!
  }

  "A page of attempts. Pages that are read one after the other have no gaps and no repeats."
  type DeliveryAttemptConnection {
    edges: [DeliveryAttemptEdge!]!
    pageInfo: PageInfo!
  }

  type PageInfo @shareable {
    hasNextPage: Boolean!
    hasPreviousPage: Boolean!
    startCursor: String
    endCursor: String
  }

  "A sample event that was put into a queue: the header of what will arrive."
  type TestEvent {
    messageId: ID!
    type: String!
    "ISO 8601, UTC."
    date: String!
  }

  "The installation of an application in an organization."
  type Integration @key(fields: "id") {
    id: ID!
    name: String!
    "The type of the application."
    type: ApplicationType!
    "Only an integration's own token sees its webhooks."
    webhooks: [IntegrationWebhook!]!
    "Only an integration's own token sees its queue."
    queue: DeliveryQueue
  }

  "A type of event that can be subscribed to."
  type WebhookType {
    "What a subscription names, for example order/created."
    type: String!
    "The Kafka topic that it comes from."
    topic: String!
    description: String!
    "Whether such events are sent in this installation."
    dispatched: Boolean!
  }

  input IntegrationWebhookInput {
    "An https URL of at most 2,048 characters, without credentials and fragment."
    endPoint: String!
    "One of webhookTypes; without it every type."
    type: String
    "Custom headers, sent verbatim: an object of strings."
    headers: JSONObject
    "Reserved: not used on create."
    id: ID
    "Reserved: not used on create."
    integrationId: ID
  }

  "What is left out stays as it is."
  input IntegrationWebhookUpdateInput {
    endPoint: String
    "Replaces all custom headers; an empty object removes them."
    headers: JSONObject
  }

  type Query {
    "An integration of the organization. Needs an integration token with view_integrations."
    integration(id: String!): Integration
    "The webhooks of the calling integration (with view_integrations) or OAuth client."
    webhooks: [IntegrationWebhook!]!
    "One of them, by its id."
    webhook(id: String!): IntegrationWebhook
    "Every type of event. Any valid token."
    webhookTypes: [WebhookType!]!
  }

  type Mutation {
    "Needs an integration token with edit_integrations."
    integrationWebhookCreate(input: IntegrationWebhookInput!): IntegrationWebhook!
    """
    Changes endpoint or headers, also for what is queued already; nothing is missed. Needs an
    integration token with edit_integrations.
    """
    integrationWebhookUpdate(
      id: String!
      input: IntegrationWebhookUpdateInput!
    ): IntegrationWebhook!
    """
    After the answer nothing is sent for it any more; what is queued is discarded. Needs an
    integration token with edit_integrations.
    """
    integrationWebhookRemove(id: String!): IntegrationWebhook!
    "Needs an OAuth client's access token."
    oauthWebhookCreate(input: IntegrationWebhookInput!): IntegrationWebhook!
    "As integrationWebhookUpdate. Needs an OAuth client's access token."
    oauthWebhookUpdate(id: String!, input: IntegrationWebhookUpdateInput!): IntegrationWebhook!
    "As integrationWebhookRemove. Needs an OAuth client's access token."
    oauthWebhookRemove(id: String!): IntegrationWebhook!
    """
    Puts a sample of a type into the queue, behind what waits. It is delivered like any other event,
    with the header x-happycolis-test besides. The type may be left out where the webhook has one.
    Needs an OAuth client's access token, or an integration token with edit_integrations.
    """
    testEvent(webhookId: ID!, type: String): TestEvent!
  }
`;

/**
 * The subgraph as integration developers and the supergraph see it. `schema.graphql` is written from
 * this, and `_service { sdl }` answers it.
 */
export const SUBGRAPH_SDL = print(parse(TYPE_DEFINITIONS));

/**
 * What Apollo Federation 2 asks of a subgraph besides (https://www.apollographql.com/docs/graphos/schema-design/federated-schemas/reference/subgraph-spec).
 * Written out because the packages that would add it are under the Elastic licence.
 */
export const FEDERATION_DEFINITIONS = /* GraphQL */ `
  scalar _Any
  scalar link__Import
  scalar FieldSet
  enum link__Purpose {
    EXECUTION
    SECURITY
  }
  directive @link(
    url: String
    as: String
    for: link__Purpose
    import: [link__Import]
  ) repeatable on SCHEMA
  directive @shareable repeatable on OBJECT | FIELD_DEFINITION
  directive @key(fields: FieldSet!, resolvable: Boolean = true) repeatable on OBJECT | INTERFACE
  union _Entity = Integration | IntegrationWebhook
  type _Service {
    sdl: String!
  }
  extend type Query {
    _entities(representations: [_Any!]!): [_Entity]!
    _service: _Service!
  }
`;
