/** Where the queue writes its lines; the app provides it. `event` is a noun and a past participle. */
export interface QueueLogInterface {
  info(event: string, fields: Readonly<Record<string, unknown>>): void;
  warn(event: string, fields: Readonly<Record<string, unknown>>): void;
  error(event: string, error: unknown, fields: Readonly<Record<string, unknown>>): void;
}
