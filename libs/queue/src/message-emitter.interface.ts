import type { MessageFailedInterface, MessageInterface } from '@app/events';

/**
 * Publishes to the internal topics; the app provides it over Kafka. Both are told after the commit
 * and nothing waits for them: a lost wake-up is found by the sweeper.
 */
export interface MessageEmitterInterface {
  emitProcess(messages: readonly MessageInterface[]): Promise<void>;
  emitFailed(events: readonly MessageFailedInterface[]): Promise<void>;
}
