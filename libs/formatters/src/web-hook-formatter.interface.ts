import type { DeadLetter, FormattedEvent, KafkaRecord } from '@app/events';

/** Turns the records of one topic into events of one type. */
export interface WebHookFormatterInterface {
  /**
   * Never throws, whatever the bytes are: what cannot become an event is the producer's fault and
   * comes back as a dead letter, so that one bad record never stops its partition.
   */
  format(record: KafkaRecord): FormattedEvent | DeadLetter;
}
