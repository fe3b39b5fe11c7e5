import type { DeadLetter, KafkaRecord } from '@app/events';
import type { EntityManager } from 'typeorm';
import { partsOf, type PartLimits } from './bounded-parts.js';

/**
 * Stores dead letters and returns those that were not stored before. In the order of their identity,
 * so that two batches with the same records cannot deadlock.
 */
export async function keepDeadLetters(
  transaction: EntityManager,
  deadLetters: readonly DeadLetter[],
  limits: PartLimits,
): Promise<DeadLetter[]> {
  const ordered = [...deadLetters].sort(byIdentity);
  const kept: DeadLetter[] = [];
  for (const part of partsOf(ordered, ({ record }) => bytesOf(record), limits)) {
    kept.push(...(await insert(transaction, part)));
  }
  return kept;
}

async function insert(
  transaction: EntityManager,
  deadLetters: readonly DeadLetter[],
): Promise<DeadLetter[]> {
  const stored = await transaction.query<{ topic: string; partition: number; offset: string }[]>(
    `INSERT INTO ingest_dead_letter
       (topic, partition, "offset", record_timestamp, key, headers, value, reason, detail)
     SELECT d.* FROM unnest($1::text[], $2::integer[], $3::bigint[], $4::bigint[], $5::bytea[],
                            $6::json[], $7::bytea[], $8::text[], $9::text[])
       AS d (topic, partition, "offset", record_timestamp, key, headers, value, reason, detail)
     ORDER BY d.topic COLLATE "C", d.partition, d."offset"
     ON CONFLICT DO NOTHING RETURNING topic, partition, "offset"`,
    [
      deadLetters.map(({ record }) => record.topic),
      deadLetters.map(({ record }) => record.partition),
      deadLetters.map(({ record }) => record.offset),
      deadLetters.map(({ record }) => record.timestamp),
      deadLetters.map(({ record }) => record.key),
      deadLetters.map(({ record }) => headersJson(record)),
      deadLetters.map(({ record }) => record.value),
      deadLetters.map(({ reason }) => reason),
      deadLetters.map(({ detail }) => detail.replaceAll('\0', '')),
    ],
  );
  const isNew = new Set(stored.map((row) => `${row.topic} ${row.partition} ${row.offset}`));
  return deadLetters.filter(({ record: { topic, partition, offset } }) =>
    isNew.delete(`${topic} ${partition} ${offset}`),
  );
}

/** As PostgreSQL orders them with the collation "C": names of topics are ASCII, offsets decimal. */
function byIdentity({ record: a }: DeadLetter, { record: b }: DeadLetter): number {
  return (
    order(a.topic, b.topic) ||
    a.partition - b.partition ||
    a.offset.length - b.offset.length ||
    order(a.offset, b.offset)
  );
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function bytesOf({ key, value, headers }: KafkaRecord): number {
  const ofHeaders = Object.values(headers).flatMap((values) => values ?? []);
  return [key, value, ...ofHeaders].reduce((sum, bytes) => sum + (bytes?.length ?? 0), 0);
}

/** Values are bytes, so they are kept as Base64. */
function headersJson(record: KafkaRecord): string {
  const headers = Object.entries(record.headers).flatMap(([name, values]) =>
    [values ?? []].flat().map((value) => ({ name, value: Buffer.from(value).toString('base64') })),
  );
  return JSON.stringify(headers);
}
