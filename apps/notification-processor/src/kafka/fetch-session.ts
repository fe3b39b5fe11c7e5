/** A partition as a fetch asks for it. */
export interface FetchedPartition {
  readonly partition: number;
  readonly fetchOffset: string;
  /** Most bytes that are wanted of it. */
  readonly maxBytes: number;
}

export interface FetchedTopic {
  readonly topic: string;
  readonly partitions: readonly FetchedPartition[];
}

/** What of a fetch depends on its session. */
export interface SessionFetch {
  /** 0: there is none. */
  readonly sessionId: number;
  /** 0: a new one is wanted. */
  readonly sessionEpoch: number;
  /** Those that are new in it, or wanted from another offset. */
  readonly topics: readonly FetchedTopic[];
  readonly forgottenTopics: readonly {
    readonly topic: string;
    readonly partitions: readonly number[];
  }[];
}

/** What an answer tells of its session; nothing where the broker knows no sessions. */
export interface SessionAnswer {
  readonly errorCode?: number;
  /** 0: there is none. */
  readonly sessionId?: number;
}

const LAST_EPOCH = 2 ** 31 - 1;

/**
 * What a broker knows of the fetches of one consumer (KIP-227): the partitions and offsets of the fetch
 * before stay, so that a fetch names what changed, and its answer only partitions that have something
 * new. One fetch after the other: every request is to be answered, or the session {@link restart}ed.
 */
export class FetchSession {
  private id = 0;
  private epoch = 0;
  private known = new Map<string, ReadonlyMap<number, FetchedPartition>>();

  /** The request that gets all these partitions. */
  next(topics: readonly FetchedTopic[]): SessionFetch {
    const wanted = new Map(topics.map(({ topic, partitions }) => [topic, byNumber(partitions)]));
    const isNew = this.epoch === 0;
    const before = isNew ? undefined : this.known;
    this.known = wanted;
    return {
      sessionId: this.id,
      sessionEpoch: this.epoch,
      topics: before ? changed(topics, before) : topics,
      forgottenTopics: before ? forgotten(before, wanted) : [],
    };
  }

  /**
   * A broker that has no place for the session answers without one; one that has lost it (it was restarted,
   * or needed the place) with an error and no records. The next request then names everything.
   */
  answered({ errorCode, sessionId }: SessionAnswer): void {
    if (errorCode || !sessionId) return this.restart();
    this.id = sessionId;
    this.epoch = this.epoch === LAST_EPOCH ? 1 : this.epoch + 1;
  }

  /** The next request names everything, and has the broker replace what it knows. */
  restart(): void {
    this.epoch = 0;
    this.known.clear();
  }
}

const byNumber = (partitions: readonly FetchedPartition[]): ReadonlyMap<number, FetchedPartition> =>
  new Map(partitions.map((partition) => [partition.partition, partition]));

function changed(
  topics: readonly FetchedTopic[],
  before: ReadonlyMap<string, ReadonlyMap<number, FetchedPartition>>,
): FetchedTopic[] {
  return topics.flatMap(({ topic, partitions }) => {
    const known = before.get(topic);
    const differing = partitions.filter((asked) => {
      const last = known?.get(asked.partition);
      return last?.fetchOffset !== asked.fetchOffset || last.maxBytes !== asked.maxBytes;
    });
    return differing.length > 0 ? [{ topic, partitions: differing }] : [];
  });
}

function forgotten(
  before: ReadonlyMap<string, ReadonlyMap<number, FetchedPartition>>,
  wanted: ReadonlyMap<string, ReadonlyMap<number, FetchedPartition>>,
): SessionFetch['forgottenTopics'] {
  return [...before].flatMap(([topic, known]) => {
    const still = wanted.get(topic);
    const partitions = [...known.keys()].filter((partition) => still?.has(partition) !== true);
    return partitions.length > 0 ? [{ topic, partitions }] : [];
  });
}
