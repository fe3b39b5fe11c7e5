/** Facts of one log line. Never a body, a secret or a header value. */
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * Where the Kafka transport writes its lines. `event` is a stable name (`noun.past_participle`);
 * an `error` field holds the original error object.
 */
export interface TransportLoggerInterface {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}
