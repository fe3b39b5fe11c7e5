/**
 * A record that Kafka acknowledged to the producer. Two records of a topic should differ in their
 * bytes (a counter is enough): then a delivery says by itself which record it is of.
 */
export interface ProducedRecord {
  /** Without the prefix of the installation. */
  readonly topic: string;
  readonly partition: number;
  /** Decimal. */
  readonly offset: string;
  /** When the producer had the acknowledgement; wall time, milliseconds since the epoch. */
  readonly acknowledgedAt: number;
  readonly organizationId: string;
  /** `digestOf` the value. */
  readonly valueDigest: string;
  /**
   * `delivered` when not given: to every subscription that matches. `dead_letter`: made so that it can
   * become no message. `any`: either is right, but one of them has to be.
   */
  readonly expectation?: 'delivered' | 'dead_letter' | 'any';
}

/**
 * A record whose producer got an error in place of an acknowledgement. It may be in the log, once or
 * several times, or not at all: what it leads to is explained, and nothing has to come of it.
 */
export interface UncertainRecord {
  /** Without the prefix of the installation. */
  readonly topic: string;
  readonly organizationId: string;
  /** `digestOf` the value. */
  readonly valueDigest: string;
}
