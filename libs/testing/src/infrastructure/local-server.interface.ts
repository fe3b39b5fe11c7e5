/** A line about progress, for people; callers send it to standard error. */
export type Log = (line: string) => void;

/**
 * A broker or a database that this process started and answers for. Whatever happens to this process,
 * the server ends with it: see `guardProcess`.
 */
export interface LocalServer {
  /** In words, for the one line that says what was taken. */
  readonly description: string;
  /** On 127.0.0.1; stays the same across `stop`, `kill` and `start`. */
  readonly port: number;
  /** Undefined while the server is down, and always for a container. */
  readonly pid: number | undefined;
  /** Starts it again on the same port and data; resolves as soon as it answers its protocol. */
  start(): Promise<void>;
  /** Orderly shutdown; data and port are kept. */
  stop(): Promise<void>;
  /** SIGKILL, as a crash would; data and port are kept. */
  kill(): Promise<void>;
  /** Ends it for good, quickly, and removes its data if that was meant to be thrown away. */
  dispose(): Promise<void>;
  /** Called when the server ends without having been told to. */
  onUnexpectedEnd(listener: (reason: string) => void): void;
}

export interface KafkaServer extends LocalServer {
  readonly brokers: string[];
  /** What another broker needs to join; undefined where this process did not start it. */
  readonly cluster?: KafkaCluster;
}

export interface KafkaCluster {
  readonly id: string;
  /** On 127.0.0.1. */
  readonly controllerPort: number;
}

export interface PostgresServer extends LocalServer {
  /** Superuser, maintenance database `postgres`. */
  readonly databaseUrl: string;
}
