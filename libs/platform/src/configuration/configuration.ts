/**
 * The validated settings of one process, read once at boot. The class is also the Nest token: a
 * plain object literal of this shape serves as a fake in specs.
 */
export abstract class CliConfiguration {
  abstract readonly database: DatabaseConfiguration;
  abstract readonly delivery: ReachableConfiguration;
  /** Tells an operator whether a blocked queue will be tried again by itself. */
  abstract readonly recovery: RecoveryModeConfiguration;
  /** By which rules dead letters become messages after all: those of the processor. */
  abstract readonly redrive: RedriveConfiguration;
  abstract readonly secretsKeys: SecretsKeysConfiguration;
  /** What is odd but no fault, such as a misspelt variable: whole sentences, to be logged at boot. */
  abstract readonly warnings: readonly string[];
}

/** What a command line needs that works over the operator API. */
export interface OperatorConfiguration {
  /** Undefined: it works on the database. */
  readonly operatorApi: { readonly url: string; readonly token: string } | undefined;
  readonly warnings: readonly string[];
}

/** What the subscriptions API needs. */
export abstract class ApiConfiguration extends CliConfiguration {
  abstract readonly api: ApiSettings;
  abstract readonly tokens: TokensConfiguration;
  abstract readonly dispatch: DispatchConfiguration;
  abstract readonly lifecycle: LifecycleConfiguration;
  abstract readonly log: LogConfiguration;
}

/** Everything the processor needs; {@link CliConfiguration} is the part a command line needs. */
export abstract class Configuration extends CliConfiguration {
  abstract override readonly delivery: DeliveryConfiguration;
  abstract readonly roles: RolesConfiguration;
  abstract readonly ports: PortsConfiguration;
  abstract readonly kafka: KafkaConfiguration;
  abstract readonly ingest: IngestConfiguration;
  abstract readonly dispatch: DispatchConfiguration;
  abstract readonly sweep: SweepConfiguration;
  abstract override readonly recovery: RecoveryConfiguration;
  abstract readonly retention: RetentionConfiguration;
  /** Undefined: notices go to the topic alone. */
  abstract readonly operatorWebhook: OperatorWebhookConfiguration | undefined;
  abstract readonly lifecycle: LifecycleConfiguration;
  abstract readonly log: LogConfiguration;
  /** Undefined: no traces. */
  abstract readonly tracing: TracingConfiguration | undefined;
}

export interface RolesConfiguration {
  readonly ingest: boolean;
  readonly deliver: boolean;
}

/** 0 means a free port chosen by the operating system. */
export interface PortsConfiguration {
  readonly processor: number;
}

export interface ApiSettings {
  /** 0 means a free port chosen by the operating system. */
  readonly port: number;
  /** Of `/metrics`; undefined: it is not served. */
  readonly metricsPort: number | undefined;
  readonly introspection: boolean;
  /** Serve the GraphiQL page. */
  readonly graphiql: boolean;
  /** Origins of web pages that may call from a browser; empty: none. */
  readonly corsOrigins: readonly string[];
  /** Requests of one token. */
  readonly rateLimit: { readonly perSecond: number; readonly perMinute: number };
}

export interface RedriveConfiguration {
  readonly maxBytes: number;
  readonly clockSkewMs: number;
  readonly deliveryOrderUpdated: boolean;
}

export interface TokensConfiguration {
  /** The first signs, all verify. Empty: derived from the secrets keys. */
  readonly signingKeys: readonly SigningKeyConfiguration[];
  readonly jwksUrl: string | undefined;
}

export interface SigningKeyConfiguration {
  readonly keyId: string;
  /** Never logged. */
  readonly secret: string;
}

/** Encrypt client secrets at rest; at least 32 characters each. Never logged. */
export interface SecretsKeysConfiguration {
  readonly current: string;
  /** Decrypts besides, while keys are being exchanged. */
  readonly secondary: string | undefined;
}

export interface KafkaConfiguration {
  /** `host:port` each; a host name or an IPv4 address. */
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly groupId: string;
  /** Group of the internal wake-up topic: `<groupId>-wakeup`. */
  readonly wakeupGroupId: string;
  /** Put before every topic name, domain and internal. */
  readonly topicPrefix: string;
  readonly createTopics: boolean;
  readonly topicPartitions: number;
  readonly topicReplication: number;
  readonly ssl: false | TlsTrust;
  readonly sasl: SaslConfiguration | undefined;
}

/** A part of Node's `tls.ConnectionOptions`, to be handed over as it is. */
export interface TlsTrust {
  readonly rejectUnauthorized: boolean;
  /** PEM text; absent means the authorities Node trusts. */
  readonly ca?: string;
}

export interface SaslConfiguration {
  readonly mechanism: SaslMechanism;
  readonly username: string;
  readonly password: string;
}

export const SASL_MECHANISMS = ['plain', 'scram-sha-256', 'scram-sha-512'] as const;
export type SaslMechanism = (typeof SASL_MECHANISMS)[number];

export interface DatabaseConfiguration {
  /** Without `sslmode`: the driver would let it overrule {@link ssl} silently. */
  readonly url: string;
  readonly ssl: false | TlsTrust;
  readonly poolSize: number;
  /** Run the migrations at start. */
  readonly migrate: boolean;
}

export const DATABASE_SSL_MODES = ['disable', 'require', 'verify-full'] as const;
export type DatabaseSslMode = (typeof DATABASE_SSL_MODES)[number];

export interface IngestConfiguration {
  /** A record with a larger value becomes a dead letter. */
  readonly maxBytes: number;
  /** Most records that share one transaction. */
  readonly batchSize: number;
  /** Events produced longer than this before a webhook was created are not sent to it. */
  readonly clockSkewMs: number;
}

export interface DispatchConfiguration {
  readonly deliveryOrderUpdated: boolean;
}

/** Where requests may go; also checked when a webhook is registered. */
export interface ReachableConfiguration {
  readonly allowHttp: boolean;
  /** Ports of public addresses that may be called besides that of the scheme. */
  readonly allowedPorts: readonly number[];
  /** Networks in CIDR notation, host bits cleared, that may be called although they are not public. */
  readonly allowedNetworks: readonly string[];
  /** Names, in lower case, or `*.` and the end of names, that may lead to private addresses. */
  readonly allowedHosts: readonly string[];
  /** Networks in the same notation that are never called. */
  readonly deniedNetworks: readonly string[];
}

export interface DeliveryConfiguration extends ReachableConfiguration {
  /** Total deadline of one attempt: connect, send, head and body of the answer. */
  readonly timeoutMs: number;
  /** DNS, TCP and TLS of one attempt; at most `timeoutMs`. */
  readonly connectTimeoutMs: number;
  /** How long a claimed queue stays claimed; at least `timeoutMs` + 5,000. */
  readonly leaseMs: number;
  readonly concurrency: number;
  readonly concurrencyPerOrigin: number;
  /** Requests of a queue that may begin before the outcome of an earlier one is recorded (ADR 34). */
  readonly ahead: number;
  /** Endpoints have to echo a challenge before their first delivery. */
  readonly challenge: boolean;
  /** PEM texts of authorities that are trusted besides the public ones. */
  readonly trustedCertificates: readonly string[];
  /** Undefined: receivers are connected to directly. */
  readonly proxy: EgressProxyConfiguration | undefined;
}

export interface EgressProxyConfiguration {
  /** May carry credentials: never logged. */
  readonly url: string;
  /** Names are left to the proxy. */
  readonly resolves: boolean;
}

export interface SweepConfiguration {
  readonly intervalMs: number;
}

export const RECOVERY_MODES = ['probe', 'manual'] as const;
export type RecoveryMode = (typeof RECOVERY_MODES)[number];

export interface RecoveryModeConfiguration {
  readonly mode: RecoveryMode;
}

export interface RecoveryConfiguration extends RecoveryModeConfiguration {
  readonly backoffMinMs: number;
  readonly backoffMaxMs: number;
  /** Undefined: never. */
  readonly giveUpAfterMs: number | undefined;
  /** Messages a second at which a queue goes on after an episode, gained every second, and where that ends; undefined: as fast as can be. */
  readonly drain: { readonly start: number; readonly limit: number } | undefined;
}

export interface RetentionConfiguration {
  /** For how many days messages and attempts are kept. */
  readonly days: number;
}

export interface OperatorWebhookConfiguration {
  /** Never logged: its path may be a secret. */
  readonly url: string;
  /** Never logged. */
  readonly secret: string;
}

export interface LifecycleConfiguration {
  /** How long to wait at start for the broker and the database, each. */
  readonly startTimeoutMs: number;
  /** From SIGTERM to the end of the process. */
  readonly shutdownGraceMs: number;
}

export interface TracingConfiguration {
  /** Where spans are posted to, path included. */
  readonly url: string;
  /** Sent with them. Never logged. */
  readonly headers: Readonly<Record<string, string>>;
  readonly serviceName: string;
}

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export const LOG_FORMATS = ['json', 'pretty'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

export interface LogConfiguration {
  readonly level: LogLevel;
  readonly format: LogFormat;
}
