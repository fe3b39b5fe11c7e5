/**
 * Names of the two Kafka consumers of this process, used as the transport of `@EventPattern`, so
 * that each handler is bound to one of them. They are two groups on purpose: a poisoned or crashing
 * consumer of one must not stop the other.
 */
export const DOMAIN_KAFKA = Symbol('DOMAIN_KAFKA');

/** The consumer of `applications.message.process`: wake-ups between the replicas. */
export const INTERNAL_KAFKA = Symbol('INTERNAL_KAFKA');
