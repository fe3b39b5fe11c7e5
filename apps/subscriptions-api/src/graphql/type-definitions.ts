import { parse, print } from 'graphql';

const TYPE_DEFINITIONS = /* GraphQL */ `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])

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
  }

  "The installation of an application in an organization."
  type Integration @key(fields: "id") {
    id: ID!
    name: String!
    "The type of the application."
    type: ApplicationType!
    "Only an integration's own token sees its webhooks."
    webhooks: [IntegrationWebhook!]!
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
