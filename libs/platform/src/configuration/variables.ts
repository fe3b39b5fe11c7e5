import { certificateFile } from './certificate-file-kind.js';
import {
  DATABASE_SSL_MODES,
  LOG_FORMATS,
  LOG_LEVELS,
  RECOVERY_MODES,
  SASL_MECHANISMS,
} from './configuration.js';
import { databaseUrl } from './database-url-kind.js';
import { flag, integer, matching, oneOf, port, secret, subsetOf } from './kinds.js';
import { brokerList, httpsUrl, originList } from './network-kinds.js';
import { signingKeyList } from './signing-key-kind.js';
import { NOTICES, OPERATOR, RETENTION } from './operation-variables.js';
import { OUTBOUND } from './outbound-variables.js';
import { TRACING } from './tracing-variables.js';
import { confidential, optional, required, withDefault } from './variable.js';

const HOUR_MS = 3_600_000;

const kafkaName = matching(/^[\w.-]{1,200}$/, '1 to 200 letters, digits, ".", "_" or "-"');
/** Kafka allows 249 characters in a topic name; the longest of ours takes 60 of them. */
const topicPrefix = matching(/^[\w.-]{0,150}$/, 'at most 150 letters, digits, ".", "_" or "-"');

const PROCESS = {
  ROLES: withDefault(
    subsetOf(['ingest', 'deliver']),
    'ingest,deliver',
    'What this process does: store events as messages, send messages, or both.',
  ),
  PROCESSOR_PORT: withDefault(port, '3001', "Port of the processor's health checks and /metrics."),
  START_TIMEOUT_MS: withDefault(
    integer(100, HOUR_MS, 'ms'),
    '60000',
    'How long to wait at start for the broker and the database, each.',
  ),
  SHUTDOWN_GRACE_MS: withDefault(
    integer(100, HOUR_MS, 'ms'),
    '25000',
    'From SIGTERM to the end of the process; what is in flight is finished within it.',
  ),
  LOG_LEVEL: withDefault(oneOf(LOG_LEVELS), 'info', 'The least severe lines to write.'),
  LOG_FORMAT: withDefault(oneOf(LOG_FORMATS), 'json', 'json for machines, pretty for people.'),
};

const KAFKA = {
  KAFKA_BROKERS: required(brokerList, 'Bootstrap servers.'),
  KAFKA_CLIENT_ID: withDefault(kafkaName, 'happycolis-webhooks', 'Name shown in broker logs.'),
  KAFKA_GROUP_ID: withDefault(
    kafkaName,
    'happycolis-webhooks',
    'Consumer group of the domain events; the wake-up group is <id>-wakeup.',
  ),
  KAFKA_TOPIC_PREFIX: withDefault(topicPrefix, '', 'Put before every topic name.'),
  KAFKA_CREATE_TOPICS: withDefault(flag, 'true', 'Create missing topics at start.'),
  KAFKA_TOPIC_PARTITIONS: withDefault(integer(1, 10_000), '3', 'Partitions of a created topic.'),
  KAFKA_TOPIC_REPLICATION: withDefault(integer(1, 15), '1', 'Replicas of a created topic.'),
  KAFKA_SSL: withDefault(flag, 'false', 'Connect over TLS; the broker is verified.'),
  KAFKA_SSL_CA_FILE: optional(certificateFile, 'Authority of the broker, if not a public one.'),
  KAFKA_SASL_MECHANISM: optional(oneOf(SASL_MECHANISMS), 'How to authenticate, if at all.'),
  KAFKA_SASL_USERNAME: optional(matching(/./, 'a user name'), 'Needed with a mechanism.'),
  KAFKA_SASL_PASSWORD: confidential(optional(secret(1, 'a password'), 'Needed with a mechanism.')),
};

const DATABASE = {
  DATABASE_URL: confidential(required(databaseUrl, 'Where PostgreSQL is.')),
  DATABASE_SSL: withDefault(
    oneOf(DATABASE_SSL_MODES),
    'disable',
    'require encrypts without asking who answers; verify-full checks certificate and host.',
  ),
  DATABASE_SSL_CA_FILE: optional(certificateFile, 'Authority of the server, for verify-full.'),
  DATABASE_POOL_SIZE: withDefault(integer(1, 500), '10', 'Most connections of this process.'),
  DATABASE_MIGRATE: withDefault(flag, 'true', 'Run the migrations at start.'),
  SECRETS_KEY: confidential(
    required(
      secret(32, 'at least 32 characters, for example from: openssl rand -base64 48'),
      'Encrypts client secrets at rest; the same in every process.',
    ),
  ),
  SECRETS_KEY_SECONDARY: confidential(
    optional(
      secret(32, 'at least 32 characters'),
      'Decrypts besides, while SECRETS_KEY is being exchanged: the next or the former one.',
    ),
  ),
};

const API = {
  API_PORT: withDefault(port, '3000', 'Port of the subscriptions API.'),
  API_METRICS_PORT: optional(
    port,
    'Port of /metrics and health checks of the subscriptions API, beside the public one. Default: none.',
  ),
  API_INTROSPECTION: optional(
    flag,
    'Answer introspection queries. Default: true, and false where NODE_ENV is production.',
  ),
  API_GRAPHIQL: optional(
    flag,
    'Serve the GraphiQL page at /graphiql. Default: true, and false where NODE_ENV is production.',
  ),
  API_CORS_ORIGINS: withDefault(
    originList,
    '',
    'Web pages that may call the API from a browser; none by default.',
  ),
  API_RATE_LIMIT_PER_SECOND: withDefault(
    integer(1, 1_000_000),
    '100',
    'Most requests of one token, or of one client for tokens, in a second.',
  ),
  API_RATE_LIMIT_PER_MINUTE: withDefault(
    integer(1, 1_000_000),
    '1000',
    'Most requests of one token, or of one client for tokens, in a minute.',
  ),
  TOKEN_SIGNING_KEYS: confidential(
    optional(
      signingKeyList,
      'Sign access tokens: the first signs, all verify. Default: derived from SECRETS_KEY.',
    ),
  ),
  TOKEN_JWKS_URL: optional(
    httpsUrl,
    "Public keys of the platform's own issuer, whose access tokens are then accepted, too.",
  ),
};

const INGEST = {
  INGEST_MAX_BYTES: withDefault(
    integer(1, 16_777_216, 'bytes'),
    '1048576',
    'A record with a larger value becomes a dead letter.',
  ),
  INGEST_BATCH_SIZE: withDefault(
    integer(1, 10_000),
    '500',
    'Most records of one partition that are handled at once.',
  ),
  INGEST_CLOCK_SKEW_MS: withDefault(
    integer(0, 24 * HOUR_MS, 'ms'),
    '300000',
    'Events produced longer than this before a webhook was created are not sent to it.',
  ),
  DISPATCH_DELIVERY_ORDER_UPDATED: withDefault(flag, 'false', 'Dispatch delivery_order/updated.'),
};

const DELIVERY = {
  DELIVERY_TIMEOUT_MS: withDefault(
    integer(100, 300_000, 'ms'),
    '10000',
    'Deadline of one attempt, from connecting to the end of the answer.',
  ),
  DELIVERY_CONNECT_TIMEOUT_MS: withDefault(
    integer(100, 60_000, 'ms'),
    '3000',
    'DNS, TCP and TLS of one attempt; never more than DELIVERY_TIMEOUT_MS.',
  ),
  DELIVERY_LEASE_MS: withDefault(
    integer(5_100, HOUR_MS, 'ms'),
    '30000',
    'How long a claimed queue stays claimed; at least DELIVERY_TIMEOUT_MS + 5000.',
  ),
  DELIVERY_CONCURRENCY: withDefault(integer(1, 10_000), '256', 'Most requests in flight.'),
  DELIVERY_CONCURRENCY_PER_ORIGIN: withDefault(
    integer(1, 10_000),
    '128',
    'Most requests in flight to one origin; at most DELIVERY_CONCURRENCY.',
  ),
  DELIVERY_AHEAD: withDefault(
    integer(0, 100),
    '8',
    'Messages of a queue that may be sent before an earlier one is recorded: what a crash repeats, plus one.',
  ),
  SWEEP_INTERVAL_MS: withDefault(
    integer(10, HOUR_MS, 'ms'),
    '1000',
    'How often lost wake-ups and expired leases are looked for.',
  ),
  RECOVERY_MODE: withDefault(
    oneOf(RECOVERY_MODES),
    'probe',
    'How a blocked queue is freed: by trying its head again, or by an operator alone.',
  ),
  RECOVERY_BACKOFF_MIN_MS: withDefault(
    integer(10, 24 * HOUR_MS, 'ms'),
    '5000',
    'Shortest pause between probes; the longest one starts at twice this and doubles with each.',
  ),
  RECOVERY_BACKOFF_MAX_MS: withDefault(
    integer(10, 24 * HOUR_MS, 'ms'),
    '900000',
    'Longest pause between probes; at least RECOVERY_BACKOFF_MIN_MS.',
  ),
  RECOVERY_GIVE_UP_DAYS: withDefault(
    integer(0, 365, 'days'),
    '5',
    'Days without success after which a queue is left to an operator; 0: never.',
  ),
  RECOVERY_DRAIN_START: withDefault(
    integer(1, 1_000, 'messages a second'),
    '5',
    'How fast a queue goes on after an episode; it gains as much every second.',
  ),
  RECOVERY_DRAIN_LIMIT: withDefault(
    integer(0, 10_000, 'messages a second'),
    '100',
    'From here on it goes as fast as can be; 0: from the start.',
  ),
};

/** Every variable of the service. `.env.example` and the README's table are generated from it. */
export const VARIABLES = {
  ...KAFKA,
  ...DATABASE,
  ...PROCESS,
  ...API,
  ...INGEST,
  ...DELIVERY,
  ...OUTBOUND,
  ...RETENTION,
  ...NOTICES,
  ...OPERATOR,
  ...TRACING,
};

export const VARIABLE_GROUPS = [
  { title: 'Kafka', variables: KAFKA },
  { title: 'Database and secrets', variables: DATABASE },
  { title: 'Process', variables: PROCESS },
  { title: 'Subscriptions API', variables: API },
  { title: 'Ingest', variables: INGEST },
  { title: 'Delivery and recovery', variables: DELIVERY },
  { title: 'Outbound connections', variables: OUTBOUND },
  { title: 'Retention', variables: RETENTION },
  { title: 'Notices to operators', variables: NOTICES },
  { title: 'Command line over the API', variables: OPERATOR },
  { title: 'Traces', variables: TRACING },
] as const;

export type VariableName = keyof typeof VARIABLES;

const namesOf = <Table extends object>(table: Table): (keyof Table)[] =>
  Object.keys(table) as (keyof Table)[];

/** What a check of endpoints needs, in whatever process. */
const REACHABLE = [
  'DELIVERY_ALLOW_HTTP',
  'DELIVERY_ALLOWED_NETWORKS',
  'DELIVERY_ALLOWED_HOSTS',
  'DELIVERY_DENIED_NETWORKS',
  'DELIVERY_ALLOWED_PORTS',
] as const;

/** What a redrive of dead letters needs, in whatever process. */
const REDRIVE = [
  'INGEST_MAX_BYTES',
  'INGEST_CLOCK_SKEW_MS',
  'DISPATCH_DELIVERY_ORDER_UPDATED',
] as const;

/** Which process reads which variables. */
export const VARIABLES_OF: Readonly<
  Record<'processor' | 'api' | 'cli' | 'operator', readonly VariableName[]>
> = {
  processor: [
    KAFKA,
    DATABASE,
    PROCESS,
    INGEST,
    DELIVERY,
    OUTBOUND,
    RETENTION,
    NOTICES,
    TRACING,
  ].flatMap((table) => namesOf(table)),
  api: [
    ...namesOf(DATABASE),
    ...namesOf(API),
    ...REACHABLE,
    ...REDRIVE,
    'RECOVERY_MODE',
    'START_TIMEOUT_MS',
    'SHUTDOWN_GRACE_MS',
    'LOG_LEVEL',
    'LOG_FORMAT',
  ],
  // A command line needs no broker.
  cli: [...namesOf(DATABASE), ...REACHABLE, ...REDRIVE, 'RECOVERY_MODE'],
  // Over the API it needs no database.
  operator: namesOf(OPERATOR),
};
