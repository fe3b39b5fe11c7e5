/**
 * A compressed record batch could not be read. kafkajs decides by the *name* of an error, and
 * treats this name as "the answer ends here": records of the fetch before it are delivered and the
 * other partitions go on, while the partition of the batch stands still. Any other name would fail
 * the whole fetch, crash the consumer out of its group and do so again on every replica that
 * inherits the partition.
 */
export class UnreadableBatchError extends Error {
  readonly code = 'unreadable_batch';

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'KafkaJSPartialMessageError';
  }
}

/** The data contradicts its format. */
export class CorruptDataError extends Error {
  constructor(format: string, what: string) {
    super(`${format}: ${what}`);
    this.name = 'CorruptDataError';
  }
}

/** More than the bound would come out. */
export class DecompressedTooLargeError extends Error {
  constructor(limit: number) {
    super(`more than ${limit} bytes would come out`);
    this.name = 'DecompressedTooLargeError';
  }
}
