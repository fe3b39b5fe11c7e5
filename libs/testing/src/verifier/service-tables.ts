/** What the service says of itself at the end of a run. `readServiceTables` reads it. */
export interface ServiceTables {
  readonly queues: readonly QueueRow[];
  readonly messages: readonly MessageRow[];
  readonly attempts: readonly AttemptRow[];
  readonly deadLetters: readonly DeadLetterRow[];
  readonly setAside: readonly SetAsideRow[];
}

export interface QueueRow {
  readonly queue: string;
  readonly status: string;
  /** Next position to deliver. */
  readonly head: number;
  /** Last position given out. */
  readonly tail: number;
  /** A lease was running when the tables were read. */
  readonly isLocked: boolean;
  readonly lastError: string | null;
}

export interface MessageRow {
  readonly queue: string;
  readonly seq: number;
  readonly messageId: string;
  readonly webhookId: string;
  readonly type: string;
  readonly partition: number;
  readonly offset: number;
  /** `event`, or what an operator asked for: `replay`, `requeue`, `test`. */
  readonly origin: string;
  /** Where a replay goes to, when not to the endpoint of its webhook. */
  readonly endPoint: string | null;
  /** `digestOf` the stored value. */
  readonly bodyDigest: string;
}

export interface AttemptRow {
  readonly queue: string;
  readonly seq: number;
  readonly attempt: number;
  /** On the database's or the replica's clock; milliseconds since the epoch. */
  readonly startedAt: number;
  readonly durationMs: number;
  readonly outcome: string;
  readonly statusCode: number | null;
  readonly error: string | null;
}

export interface DeadLetterRow {
  /** Without the prefix of the installation. */
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly reason: string;
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
  /** It became messages after all. */
  readonly isRedriven: boolean;
}

/** A message that an operator took out of the order of its queue. */
export interface SetAsideRow {
  readonly queue: string;
  readonly seq: number;
  readonly verdict: string;
}
