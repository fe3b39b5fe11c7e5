/** `noun.past_participle`, for example `delivery.attempted`: what a search finds lines by. */
export type LogEvent = `${string}.${string}`;

/**
 * Facts of one line. `error` may be anything thrown; secrets, bodies and headers are replaced
 * (see `redact`), buffers are never written, only their length.
 */
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * Structured log, also the Nest token. A line is cheap (it is buffered, never written while the
 * caller waits) and flat: one wide line per thing that happened instead of many narrow ones.
 */
export abstract class Logger {
  abstract fatal(event: LogEvent, fields?: LogFields): void;
  abstract error(event: LogEvent, fields?: LogFields): void;
  abstract warn(event: LogEvent, fields?: LogFields): void;
  abstract info(event: LogEvent, fields?: LogFields): void;
  abstract debug(event: LogEvent, fields?: LogFields): void;
  abstract trace(event: LogEvent, fields?: LogFields): void;
  /** The same log with another `component` and, on every line, these fields too. */
  abstract child(component: string, fields?: LogFields): Logger;
  /** For a line that is expensive to put together. */
  abstract isEnabled(level: 'debug' | 'trace'): boolean;
  /** Resolves when everything logged so far is written; never rejects, and waits two seconds at most. */
  abstract flush(): Promise<void>;
}
