/** Where a request of a run is. */
export type RunPhase =
  /** Nothing is on its way. */
  | 'ready'
  /** The receiver has answered 2xx, and the worker does not know it yet. */
  | 'answered'
  /** The receiver has refused, and the worker does not know it yet. */
  | 'refused'
  /** The worker knows of the refusal. */
  | 'failed';

/** A lease in the hands of a worker. */
export interface Run {
  readonly token: number;
  /** Position of the first message whose outcome is not recorded. */
  readonly first: number;
  /** Position of the next message to send, or of the one on its way. */
  readonly at: number;
  /** Last position that was handed out. */
  readonly upTo: number;
  readonly phase: RunPhase;
  /** By the worker's monotonic clock the lease lasts. */
  readonly isFresh: boolean;
}

/** A record on its way into a queue. */
export interface Ingest {
  readonly partition: number;
  readonly record: number;
  /** Position that was given without the row's lock; 0 otherwise. */
  readonly position: number;
  readonly isStored: boolean;
  readonly isCommitted: boolean;
}

export interface Worker {
  readonly isPaused: boolean;
  readonly isAhead: boolean;
  readonly ingest: Ingest | null;
  /** By queue. */
  readonly runs: readonly (Run | null)[];
}

export interface Queue {
  /** Message ids in the order of their positions; two ids of a record are two numbers. */
  readonly stored: readonly number[];
  readonly head: number;
  readonly isBlocked: boolean;
  readonly token: number;
  readonly isLeased: boolean;
  readonly isWoken: boolean;
  /** Positions that were answered 2xx, and those that an operator set aside. */
  readonly answered: readonly number[];
  readonly aside: readonly number[];
  /** Answers 2xx for positions that had been answered so before. */
  readonly repeats: number;
}

/** What may still happen to the service in one story. */
export interface Budget {
  readonly faults: number;
  readonly refusals: number;
  readonly skips: number;
}

export interface ProtocolState {
  readonly workers: readonly Worker[];
  readonly queues: readonly Queue[];
  /** Committed offset of each partition: so many records are done with. */
  readonly committed: readonly number[];
  readonly left: Budget;
}

/** Which records there are: for each partition its queue and how many it has. */
export interface ProtocolSize {
  readonly workers: number;
  readonly queues: number;
  readonly partitions: readonly { readonly queue: number; readonly records: number }[];
  /** Requests that may begin before an earlier outcome is recorded. */
  readonly ahead: number;
  readonly budget: Budget;
}

/** Three workers, two queues, four messages: two of one partition, and two of different ones. */
export const FULL_SIZE: ProtocolSize = {
  workers: 3,
  queues: 2,
  partitions: [
    { queue: 0, records: 2 },
    { queue: 1, records: 1 },
    { queue: 1, records: 1 },
  ],
  ahead: 1,
  budget: { faults: 2, refusals: 1, skips: 1 },
};

export function initialState({ workers, queues, partitions, budget }: ProtocolSize): ProtocolState {
  const none = Array.from({ length: queues }, () => null);
  return {
    workers: Array.from({ length: workers }, () => ({
      isPaused: false,
      isAhead: false,
      ingest: null,
      runs: none,
    })),
    queues: none.map(() => ({
      stored: [],
      head: 1,
      isBlocked: false,
      token: 0,
      isLeased: false,
      isWoken: false,
      answered: [],
      aside: [],
      repeats: 0,
    })),
    committed: partitions.map(() => 0),
    left: budget,
  };
}

const PHASES: readonly RunPhase[] = ['ready', 'answered', 'refused', 'failed'];

/**
 * The same text for states that differ only in which worker is which, or in the numbers of tokens: of those only
 * counts whether a run has the current one.
 */
export function keyOf(state: ProtocolState): string {
  const workers = state.workers.map((worker) => workerKey(worker, state)).sort();
  const queues = state.queues.map(
    ({ stored, head, isBlocked, isLeased, isWoken, answered, aside, repeats }) =>
      `${stored.join('.')}h${head}${+isBlocked}${+isLeased}${+isWoken}a${answered.join('.')}s${aside.join('.')}r${repeats}`,
  );
  const { faults, refusals, skips } = state.left;
  return `${workers.join('|')}/${queues.join('|')}/${state.committed.join('')}/${faults}${refusals}${skips}`;
}

function workerKey({ isPaused, isAhead, ingest, runs }: Worker, { queues }: ProtocolState): string {
  const ingesting = ingest
    ? `${ingest.partition}${ingest.record}${ingest.position}${+ingest.isStored}${+ingest.isCommitted}`
    : '-';
  const running = runs.map((run, queue) =>
    run
      ? `${+(run.token === queues[queue]?.token)}${run.first}${run.at}${run.upTo}${PHASES.indexOf(run.phase)}${+run.isFresh}`
      : '-',
  );
  return `${+isPaused}${+isAhead}${ingesting},${running.join(',')}`;
}
