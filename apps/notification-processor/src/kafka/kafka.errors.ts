/** The broker did not answer a metadata request within the limit. */
export class BrokerUnreachableError extends Error {
  readonly code = 'broker_unreachable';

  constructor(
    readonly brokers: string,
    readonly waitedMs: number,
    cause: unknown,
  ) {
    super(
      `No Kafka broker answered within ${waitedMs} ms (KAFKA_BROKERS: ${brokers}): ` +
        // A listener that expects TLS or SASL merely closes the connection of who comes without.
        `${messageOf(cause)}. Check KAFKA_BROKERS, KAFKA_SSL and KAFKA_SASL_MECHANISM.`,
      { cause },
    );
    this.name = 'BrokerUnreachableError';
  }
}

/** The broker refused us: waiting would not help. */
export class BrokerRefusedError extends Error {
  readonly code = 'broker_refused';

  constructor(brokers: string, cause: unknown) {
    super(
      `Kafka refused the credentials (KAFKA_BROKERS: ${brokers}): ${messageOf(cause)}. ` +
        'Check KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD.',
      { cause },
    );
    this.name = 'BrokerRefusedError';
  }
}

/** Whoever answered did not prove to be the broker: waiting would not help. */
export class BrokerUntrustedError extends Error {
  readonly code = 'broker_untrusted';

  constructor(brokers: string, fault: string, cause: unknown) {
    super(
      `The certificate of the Kafka broker is not trusted (KAFKA_BROKERS: ${brokers}): ${fault}. ` +
        'Check KAFKA_SSL_CA_FILE and the host names in KAFKA_BROKERS.',
      { cause },
    );
    this.name = 'BrokerUntrustedError';
  }
}

/** Topics that the service needs do not exist, and it may not create them. */
export class TopicsMissingError extends Error {
  readonly code = 'topics_missing';

  constructor(readonly topics: readonly string[]) {
    super(
      `${topics.length} Kafka ${topics.length === 1 ? 'topic is' : 'topics are'} missing: ` +
        `${topics.join(', ')}. Create them, or set KAFKA_CREATE_TOPICS=true to let the service ` +
        'do it, or check KAFKA_TOPIC_PREFIX.',
    );
    this.name = 'TopicsMissingError';
  }
}

/** Topics could not be created, or have no leader within the limit. */
export class TopicsNotReadyError extends Error {
  readonly code = 'topics_not_ready';

  constructor(
    readonly topics: readonly string[],
    cause?: unknown,
  ) {
    const reason = cause === undefined ? 'partitions without a leader' : messageOf(cause);
    super(`Kafka topics are not ready (${reason}): ${topics.join(', ')}`, { cause });
    this.name = 'TopicsNotReadyError';
  }
}

/** kafkajs puts the reasons of a call over many topics into `errors`. */
function messageOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const inner: unknown = Reflect.get(cause, 'errors');
  if (!Array.isArray(inner)) return cause.message;
  return [...new Set(inner.map((one) => messageOf(one)))].join('; ');
}
