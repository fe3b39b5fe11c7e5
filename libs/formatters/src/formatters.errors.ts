/** What is wrong with a set of formatters; every list holds topics. */
export interface RegistryFaults {
  /** Dispatched by the catalogue, but without a formatter. */
  readonly missing: readonly string[];
  /** With more than one formatter. */
  readonly overlapping: readonly string[];
  /** With a formatter, but not dispatched by the catalogue. */
  readonly unknown: readonly string[];
}

/** The formatters do not fit the catalogue one to one: a fault of the program, found at boot. */
export class FormatterRegistryError extends Error {
  readonly code = 'formatter_registry';

  constructor(readonly faults: RegistryFaults) {
    const parts = Object.entries(faults)
      .filter(([, topics]) => topics.length > 0)
      .map(([fault, topics]) => `${fault}: ${topics.join(', ')}`);
    super(`Every dispatched topic needs exactly one formatter (${parts.join('; ')})`);
    this.name = 'FormatterRegistryError';
  }
}

/** A record came from a topic that is not subscribed to: a fault of the program, never of a record. */
export class TopicWithoutFormatterError extends Error {
  readonly code = 'topic_without_formatter';

  constructor(readonly topic: string) {
    super(
      `No formatter for the topic ${topic}: it is not dispatched and must not be subscribed to`,
    );
    this.name = 'TopicWithoutFormatterError';
  }
}
