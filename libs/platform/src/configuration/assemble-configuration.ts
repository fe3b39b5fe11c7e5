import type {
  ApiConfiguration,
  CliConfiguration,
  Configuration,
  DatabaseConfiguration,
  DeliveryConfiguration,
  KafkaConfiguration,
  LifecycleConfiguration,
  LogConfiguration,
  OperatorWebhookConfiguration,
  OperatorConfiguration,
  ReachableConfiguration,
  RedriveConfiguration,
  SaslConfiguration,
  SecretsKeysConfiguration,
  TlsTrust,
  TracingConfiguration,
} from './configuration.js';
import type { Values } from './cross-rules.js';

const DAY_MS = 24 * 3_600_000;

export function assembleCliConfiguration(
  values: Values,
  warnings: readonly string[],
): CliConfiguration {
  return {
    database: database(values),
    delivery: reachable(values),
    recovery: { mode: values.RECOVERY_MODE },
    redrive: redrive(values),
    secretsKeys: secretsKeys(values),
    warnings,
  };
}

export function assembleOperatorConfiguration(
  values: Values,
  warnings: readonly string[],
): OperatorConfiguration {
  const { OPERATOR_API_URL: url, OPERATOR_TOKEN: token } = values;
  const isGiven = url !== undefined && token !== undefined;
  return { operatorApi: isGiven ? { url, token } : undefined, warnings };
}

export function assembleApiConfiguration(
  values: Values,
  warnings: readonly string[],
  { isProduction }: { readonly isProduction: boolean },
): ApiConfiguration {
  return {
    database: database(values),
    delivery: reachable(values),
    recovery: { mode: values.RECOVERY_MODE },
    redrive: redrive(values),
    secretsKeys: secretsKeys(values),
    warnings,
    api: {
      port: values.API_PORT,
      metricsPort: values.API_METRICS_PORT,
      introspection: values.API_INTROSPECTION ?? !isProduction,
      graphiql: values.API_GRAPHIQL ?? !isProduction,
      corsOrigins: values.API_CORS_ORIGINS,
      rateLimit: {
        perSecond: values.API_RATE_LIMIT_PER_SECOND,
        perMinute: values.API_RATE_LIMIT_PER_MINUTE,
      },
    },
    dispatch: { deliveryOrderUpdated: values.DISPATCH_DELIVERY_ORDER_UPDATED },
    tokens: { signingKeys: values.TOKEN_SIGNING_KEYS ?? [], jwksUrl: values.TOKEN_JWKS_URL },
    lifecycle: lifecycle(values),
    log: log(values),
  };
}

export function assembleConfiguration(values: Values, warnings: readonly string[]): Configuration {
  return {
    database: database(values),
    secretsKeys: secretsKeys(values),
    redrive: redrive(values),
    warnings,
    delivery: delivery(values),
    roles: { ingest: values.ROLES.has('ingest'), deliver: values.ROLES.has('deliver') },
    ports: { processor: values.PROCESSOR_PORT },
    kafka: kafka(values),
    ingest: {
      maxBytes: values.INGEST_MAX_BYTES,
      batchSize: values.INGEST_BATCH_SIZE,
      clockSkewMs: values.INGEST_CLOCK_SKEW_MS,
    },
    dispatch: { deliveryOrderUpdated: values.DISPATCH_DELIVERY_ORDER_UPDATED },
    sweep: { intervalMs: values.SWEEP_INTERVAL_MS },
    recovery: {
      mode: values.RECOVERY_MODE,
      backoffMinMs: values.RECOVERY_BACKOFF_MIN_MS,
      backoffMaxMs: values.RECOVERY_BACKOFF_MAX_MS,
      giveUpAfterMs:
        values.RECOVERY_GIVE_UP_DAYS > 0 ? values.RECOVERY_GIVE_UP_DAYS * DAY_MS : undefined,
      drain:
        values.RECOVERY_DRAIN_LIMIT > 0
          ? { start: values.RECOVERY_DRAIN_START, limit: values.RECOVERY_DRAIN_LIMIT }
          : undefined,
    },
    retention: { days: values.RETENTION_DAYS },
    operatorWebhook: operatorWebhook(values),
    lifecycle: lifecycle(values),
    log: log(values),
    tracing: tracing(values),
  };
}

function operatorWebhook(values: Values): OperatorWebhookConfiguration | undefined {
  const { OPERATOR_WEBHOOK_URL: url, OPERATOR_WEBHOOK_SECRET: secret } = values;
  return url === undefined || secret === undefined ? undefined : { url, secret };
}

function redrive(values: Values): RedriveConfiguration {
  return {
    maxBytes: values.INGEST_MAX_BYTES,
    clockSkewMs: values.INGEST_CLOCK_SKEW_MS,
    deliveryOrderUpdated: values.DISPATCH_DELIVERY_ORDER_UPDATED,
  };
}

function secretsKeys(values: Values): SecretsKeysConfiguration {
  return { current: values.SECRETS_KEY, secondary: values.SECRETS_KEY_SECONDARY };
}

function lifecycle(values: Values): LifecycleConfiguration {
  return {
    startTimeoutMs: values.START_TIMEOUT_MS,
    shutdownGraceMs: values.SHUTDOWN_GRACE_MS,
  };
}

function log(values: Values): LogConfiguration {
  return { level: values.LOG_LEVEL, format: values.LOG_FORMAT };
}

function tracing(values: Values): TracingConfiguration | undefined {
  const general = values.OTEL_EXPORTER_OTLP_ENDPOINT?.replace(/\/$/, '');
  const url = values.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? (general && `${general}/v1/traces`);
  if (url === undefined || values.OTEL_SDK_DISABLED) return undefined;
  const headers = values.OTEL_EXPORTER_OTLP_HEADERS ?? {};
  return { url, headers, serviceName: values.OTEL_SERVICE_NAME };
}

function kafka(values: Values): KafkaConfiguration {
  return {
    brokers: values.KAFKA_BROKERS,
    clientId: values.KAFKA_CLIENT_ID,
    groupId: values.KAFKA_GROUP_ID,
    wakeupGroupId: `${values.KAFKA_GROUP_ID}-wakeup`,
    topicPrefix: values.KAFKA_TOPIC_PREFIX,
    createTopics: values.KAFKA_CREATE_TOPICS,
    topicPartitions: values.KAFKA_TOPIC_PARTITIONS,
    topicReplication: values.KAFKA_TOPIC_REPLICATION,
    ssl: values.KAFKA_SSL && trust(true, values.KAFKA_SSL_CA_FILE),
    sasl: sasl(values),
  };
}

function sasl(values: Values): SaslConfiguration | undefined {
  const mechanism = values.KAFKA_SASL_MECHANISM;
  const username = values.KAFKA_SASL_USERNAME;
  const password = values.KAFKA_SASL_PASSWORD;
  if (mechanism === undefined || username === undefined || password === undefined) return undefined;
  return { mechanism, username, password };
}

function database(values: Values): DatabaseConfiguration {
  const { url, sslMode } = values.DATABASE_URL;
  const mode = sslMode ?? values.DATABASE_SSL;
  return {
    url,
    ssl: mode !== 'disable' && trust(mode === 'verify-full', values.DATABASE_SSL_CA_FILE),
    poolSize: values.DATABASE_POOL_SIZE,
    migrate: values.DATABASE_MIGRATE,
  };
}

function reachable(values: Values): ReachableConfiguration {
  return {
    allowHttp: values.DELIVERY_ALLOW_HTTP,
    allowedPorts: values.DELIVERY_ALLOWED_PORTS,
    allowedNetworks: values.DELIVERY_ALLOWED_NETWORKS,
    allowedHosts: values.DELIVERY_ALLOWED_HOSTS,
    deniedNetworks: values.DELIVERY_DENIED_NETWORKS,
  };
}

function delivery(values: Values): DeliveryConfiguration {
  const { DELIVERY_PROXY_URL: url, DELIVERY_PROXY_RESOLVES: resolves } = values;
  const authority = values.DELIVERY_SSL_CA_FILE;
  return {
    ...reachable(values),
    challenge: values.DELIVERY_CHALLENGE,
    trustedCertificates: authority === undefined ? [] : [authority],
    proxy: url === undefined ? undefined : { url, resolves },
    timeoutMs: values.DELIVERY_TIMEOUT_MS,
    connectTimeoutMs: Math.min(values.DELIVERY_CONNECT_TIMEOUT_MS, values.DELIVERY_TIMEOUT_MS),
    leaseMs: values.DELIVERY_LEASE_MS,
    concurrency: values.DELIVERY_CONCURRENCY,
    concurrencyPerOrigin: values.DELIVERY_CONCURRENCY_PER_ORIGIN,
    ahead: values.DELIVERY_AHEAD,
  };
}

function trust(rejectUnauthorized: boolean, ca: string | undefined): TlsTrust {
  return ca === undefined ? { rejectUnauthorized } : { rejectUnauthorized, ca };
}
