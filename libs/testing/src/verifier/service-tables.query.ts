import type {
  AttemptRow,
  DeadLetterRow,
  MessageRow,
  QueueRow,
  ServiceTables,
  SetAsideRow,
} from './service-tables.js';

/** One session of PostgreSQL, not a pool: a client of `pg` is one. */
export interface SqlSession {
  query(sql: string): Promise<{ readonly rows: readonly unknown[] }>;
}

export interface ServiceTablesOptions {
  /** What an installation puts before every topic; nothing when not given. */
  readonly topicPrefix?: string;
}

/**
 * Reads what the service says of itself, all of one moment, without writing or locking anything.
 * Takes the rows of a whole run into memory.
 *
 * @throws what the session throws; its transaction is ended.
 */
export async function readServiceTables(
  session: SqlSession,
  { topicPrefix = '' }: ServiceTablesOptions = {},
): Promise<ServiceTables> {
  const read = async <Row>(sql: string): Promise<Row[]> => {
    const { rows } = await session.query(sql);
    return rows as Row[];
  };
  await session.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  try {
    const shared = sharing();
    const messages = await read<MessageRow>(MESSAGES);
    const attempts = await read<AttemptRow>(ATTEMPTS);
    const deadLetters = await read<DeadLetterRow>(DEAD_LETTERS);
    return {
      queues: await read<QueueRow>(QUEUES),
      messages: messages.map((row) => ({
        ...row,
        queue: shared(row.queue),
        webhookId: shared(row.webhookId),
        type: shared(row.type),
        origin: shared(row.origin),
      })),
      attempts: attempts.map((row) => ({
        ...row,
        queue: shared(row.queue),
        outcome: shared(row.outcome),
      })),
      deadLetters: deadLetters.map((row) => ({
        ...row,
        topic: unprefixed(row.topic, topicPrefix),
      })),
      setAside: await read<SetAsideRow>(SET_ASIDE),
    };
  } finally {
    await session.query('ROLLBACK');
  }
}

/** Positions, offsets and times as numbers: below 2^53, unlike what `bigint` could hold. */
const QUEUES = `
  SELECT queue_id::text AS queue, status, head_seq::float8 AS head, tail_seq::float8 AS tail,
         lease_until > clock_timestamp() AS "isLocked", last_error AS "lastError"
  FROM integration_queue`;

const MESSAGES = `
  SELECT queue_id::text AS queue, seq::float8 AS seq, message_id::text AS "messageId",
         webhook_id::text AS "webhookId", type, source_partition AS partition,
         source_offset::float8 AS "offset", origin, end_point AS "endPoint",
         encode(sha256(body), 'base64') AS "bodyDigest"
  FROM integration_queue_message ORDER BY queue_id, seq`;

const ATTEMPTS = `
  SELECT queue_id::text AS queue, seq::float8 AS seq, attempt,
         (extract(epoch FROM started_at) * 1000)::float8 AS "startedAt",
         duration_ms AS "durationMs", outcome, status_code AS "statusCode", error
  FROM delivery_attempt ORDER BY queue_id, seq, started_at`;

const DEAD_LETTERS = `
  SELECT topic, partition, "offset"::float8 AS "offset", reason,
         (extract(epoch FROM received_at) * 1000)::float8 AS "receivedAt",
         redriven_at IS NOT NULL AS "isRedriven"
  FROM ingest_dead_letter ORDER BY id`;

const SET_ASIDE = `
  SELECT queue_id::text AS queue, seq::float8 AS seq, verdict
  FROM set_aside_message ORDER BY queue_id, seq`;

function unprefixed(topic: string, prefix: string): string {
  return topic.startsWith(prefix) ? topic.slice(prefix.length) : topic;
}

/** Every row brings its own copy of the few ids and types there are: keeps one of each. */
function sharing(): (text: string) => string {
  const texts = new Map<string, string>();
  return (text) => {
    const known = texts.get(text);
    if (known !== undefined) return known;
    texts.set(text, text);
    return text;
  };
}
