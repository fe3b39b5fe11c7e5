type Fields = Readonly<Record<string, unknown>>;

/**
 * Where the queue writes its lines; the app provides it. `event` is a noun and a past participle,
 * an `error` field holds the error itself. Never a body, a secret or a header value.
 */
export interface QueueLogInterface {
  info(event: `${string}.${string}`, fields: Fields): void;
  warn(event: `${string}.${string}`, fields: Fields): void;
  error(event: `${string}.${string}`, fields: Fields): void;
}
