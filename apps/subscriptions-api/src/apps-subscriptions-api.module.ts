import {
  AccessTokens,
  ApplicationEntity,
  ClientAuthenticator,
  ClientCredentialsQuery,
  IntegrationDetailsQuery,
  IntegrationEntity,
  OauthClientEntity,
  OauthClientsStore,
  OauthTokensStore,
  SecretCipher,
  SigningKeysStore,
  signingKeysOf,
  TokenAuthenticator,
  TokenBearerQuery,
  TokenGrants,
} from '@app/applications';
import { createDataSource, DataSource, poolUsage } from '@app/database';
import { AddressGuard, type EndpointVerdict, judgeEndpoint } from '@app/delivery';
import { addPoolGauges, Metrics, MetricsServer } from '@app/metrics';
import {
  ApiConfiguration,
  ConfigurationModule,
  HealthController,
  Logger,
  LoggingModule,
  Readiness,
  systemClock,
} from '@app/platform';
import {
  DeliveryAttemptsQuery,
  DeliveryQueueQuery,
  InFlightDeliveries,
  TestMessagesStore,
} from '@app/queue';
import { OperatorAuthenticator, OperatorBearerQuery, operatorParts } from '@app/operations';
import { IntegrationWebhookEntity, WebhookSubscriptionsStore } from '@app/subscriptions';
import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { GraphQLModule } from '@nestjs/graphql';
import { ApiReadiness } from './api-readiness.js';
import { ExpiredTokens } from './expired-tokens.js';
import { Entities } from './graphql/entities.js';
import { FederationResolver } from './graphql/federation.resolver.js';
import { graphqlOptions } from './graphql/graphql-options.js';
import { ApiRateLimitsStore } from './http/api-rate-limits.store.js';
import { WebhookKeysController } from './http/webhook-keys.controller.js';
import { IntrospectionController } from './oauth/introspection.controller.js';
import { TokenRequestLimits } from './oauth/token-request-limits.js';
import { TokenController } from './oauth/token.controller.js';
import { DeliveryHistory } from './webhooks/delivery-history.js';
import { OperatorGraphql } from './operator/operator-graphql.js';
import { EndPointConstraint, EndPointRules } from './webhooks/end-point.constraint.js';
import { IntegrationWebhookResolver } from './webhooks/integration-webhook.resolver.js';
import { IntegrationResolver } from './webhooks/integration.resolver.js';
import { OauthWebhookResolver } from './webhooks/oauth-webhook.resolver.js';
import { TestEvents } from './webhooks/test-events.js';
import { WebhookFieldsResolver } from './webhooks/webhook-fields.resolver.js';
import { WebhookManagement } from './webhooks/webhook-management.js';
import { WebhookTypes } from './webhooks/webhook-types.js';
import { WebhooksResolver } from './webhooks/webhooks.resolver.js';

/** How long a database connection may take. */
const CONNECT_TIMEOUT_MS = 5_000;

const DATABASE: Provider = {
  provide: DataSource,
  inject: [ApiConfiguration],
  useFactory: ({ database }: ApiConfiguration) =>
    createDataSource(
      {
        ...database,
        applicationName: 'happycolis-webhooks api',
        connectTimeoutMs: CONNECT_TIMEOUT_MS,
      },
      [ApplicationEntity, IntegrationEntity, OauthClientEntity, IntegrationWebhookEntity],
    ),
};

/** A query or store that needs the database alone. */
const onDatabase = <T>(provide: new (dataSource: DataSource) => T): Provider => ({
  provide,
  inject: [DataSource],
  useFactory: (dataSource: DataSource) => new provide(dataSource),
});

/** Who calls: bearers of integration tokens and of access tokens. */
const BEARERS: Provider[] = [
  onDatabase(TokenBearerQuery),
  onDatabase(OauthClientsStore),
  {
    provide: AccessTokens,
    inject: [ApiConfiguration],
    useFactory: ({ tokens, secretsKeys }: ApiConfiguration) =>
      new AccessTokens({
        keys: signingKeysOf({
          configured: tokens.signingKeys,
          secretsKey: secretsKeys.current,
          secondarySecretsKey: secretsKeys.secondary,
        }),
        jwksUrl: tokens.jwksUrl,
      }),
  },
  {
    provide: TokenAuthenticator,
    inject: [TokenBearerQuery, AccessTokens, OauthClientsStore],
    useFactory: (bearers: TokenBearerQuery, tokens: AccessTokens, clients: OauthClientsStore) =>
      new TokenAuthenticator(bearers, tokens, clients),
  },
  {
    provide: ApiRateLimitsStore,
    inject: [DataSource, ApiConfiguration],
    useFactory: (dataSource: DataSource, { api }: ApiConfiguration) =>
      new ApiRateLimitsStore(dataSource, api.rateLimit),
  },
];

/** The token endpoint. */
const GRANTS: Provider[] = [
  onDatabase(ClientCredentialsQuery),
  onDatabase(OauthTokensStore),
  {
    provide: SecretCipher,
    inject: [ApiConfiguration],
    useFactory: ({ secretsKeys }: ApiConfiguration) =>
      new SecretCipher(secretsKeys.current, secretsKeys.secondary),
  },
  {
    provide: ClientAuthenticator,
    inject: [ClientCredentialsQuery, SecretCipher],
    useFactory: (query: ClientCredentialsQuery, cipher: SecretCipher) =>
      new ClientAuthenticator(query, cipher),
  },
  {
    provide: SigningKeysStore,
    inject: [DataSource, SecretCipher],
    useFactory: (dataSource: DataSource, cipher: SecretCipher) =>
      new SigningKeysStore(dataSource, cipher),
  },
  {
    provide: TokenGrants,
    inject: [ClientAuthenticator, OauthClientsStore, OauthTokensStore, AccessTokens],
    useFactory: (
      authenticator: ClientAuthenticator,
      clients: OauthClientsStore,
      tokens: OauthTokensStore,
      accessTokens: AccessTokens,
    ) => new TokenGrants({ authenticator, clients, tokens, accessTokens }),
  },
  {
    provide: TokenRequestLimits,
    inject: [ApiRateLimitsStore, Logger],
    useFactory: (limits: ApiRateLimitsStore, logger: Logger) =>
      new TokenRequestLimits({ limits, clock: systemClock, logger: logger.child('api') }),
  },
  {
    provide: ExpiredTokens,
    inject: [OauthTokensStore, Logger],
    useFactory: (tokens: OauthTokensStore, logger: Logger) =>
      new ExpiredTokens(tokens, logger.child('tokens')),
  },
];

/** Subscriptions: what is checked, what is stored, what is answered. */
const WEBHOOKS: Provider[] = [
  onDatabase(WebhookSubscriptionsStore),
  onDatabase(IntegrationDetailsQuery),
  onDatabase(InFlightDeliveries),
  onDatabase(DeliveryAttemptsQuery),
  onDatabase(TestMessagesStore),
  {
    provide: DeliveryQueueQuery,
    inject: [DataSource, ApiConfiguration],
    useFactory: (dataSource: DataSource, { recovery }: ApiConfiguration) =>
      new DeliveryQueueQuery(dataSource, { probe: recovery.mode === 'probe' }),
  },
  {
    provide: EndPointRules,
    inject: [ApiConfiguration],
    useFactory: ({ delivery }: ApiConfiguration): EndPointRules => ({
      allowHttp: delivery.allowHttp,
      allowedPorts: delivery.allowedPorts,
      guard: new AddressGuard(delivery),
    }),
  },
  EndPointConstraint,
  {
    provide: WebhookTypes,
    inject: [ApiConfiguration],
    useFactory: ({ dispatch }: ApiConfiguration) => new WebhookTypes(dispatch),
  },
  WebhookManagement,
  DeliveryHistory,
  TestEvents,
  Entities,
];

/** Served on a port of its own, and only where one is given: the other is public. */
const metricsServer = (metrics: Metrics): Provider => ({
  provide: MetricsServer,
  inject: [DataSource, Readiness],
  useFactory: (dataSource: DataSource, readiness: Readiness) => {
    addPoolGauges(metrics, () => poolUsage(dataSource));
    return new MetricsServer(metrics, {
      '/health/live': () => Promise.resolve({ isGood: true, body: { status: 'live' } }),
      '/health/ready': async () => {
        const report = await readiness.report();
        return { isGood: report.ready, body: report };
      },
    });
  },
});

/** The operator API: bearers of its own, and a schema without Nest. */
const OPERATORS: Provider[] = [
  onDatabase(OperatorBearerQuery),
  {
    provide: OperatorAuthenticator,
    inject: [OperatorBearerQuery],
    useFactory: (bearers: OperatorBearerQuery) => new OperatorAuthenticator(bearers),
  },
  {
    provide: OperatorGraphql,
    inject: [DataSource, ApiConfiguration, EndPointRules, Logger],
    useFactory: (
      dataSource: DataSource,
      configuration: ApiConfiguration,
      rules: EndPointRules,
      logger: Logger,
    ) => {
      const parts = operatorParts(dataSource, {
        probe: configuration.recovery.mode === 'probe',
        redrive: configuration.redrive,
        endPointFault: (url) => faultOf(judgeEndpoint(url, rules)),
      });
      return new OperatorGraphql(parts, configuration, logger.child('operator'));
    },
  },
];

const faultOf = (verdict: EndpointVerdict): string | undefined =>
  verdict.ok ? undefined : verdict.reason;

const RESOLVERS: Provider[] = [
  IntegrationWebhookResolver,
  OauthWebhookResolver,
  IntegrationResolver,
  WebhooksResolver,
  WebhookFieldsResolver,
  FederationResolver,
];

/** Subscription management: tokens, guards, GraphQL. */
@Module({})
export class AppsSubscriptionsApiModule {
  static forRoot(configuration: ApiConfiguration, logger: Logger, metrics: Metrics): DynamicModule {
    return {
      module: AppsSubscriptionsApiModule,
      imports: [
        ConfigurationModule.forApi(configuration),
        LoggingModule.forRoot(logger),
        GraphQLModule.forRoot(graphqlOptions(configuration, logger.child('graphql'))),
      ],
      controllers: [
        TokenController,
        IntrospectionController,
        WebhookKeysController,
        HealthController,
      ],
      providers: [
        DATABASE,
        metricsServer(metrics),
        ...BEARERS,
        ...GRANTS,
        ...WEBHOOKS,
        ...OPERATORS,
        ...RESOLVERS,
        { provide: Readiness, useClass: ApiReadiness },
      ],
    };
  }
}
