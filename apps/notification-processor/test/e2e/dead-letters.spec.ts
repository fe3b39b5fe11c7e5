import { randomUUID } from 'node:crypto';
import {
  receivedEvents,
  startDeployment,
  TestReceiver,
  waitFor,
  type Deployment,
  type PublishedRecord,
  type SeededIntegration,
} from '@app/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** Below what a broker takes (1 MiB), so that a record can be too large for us and not for it. */
const MAX_BYTES = 200_000;

const POISONED_TOPIC = 'collection.created';
const BATCH_TOPIC = 'collection.updated';

interface DeadLetterRow {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly record_timestamp: string;
  readonly key: Buffer | null;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly value: Buffer | null;
  readonly reason: string;
  readonly detail: string;
}

let deployment: Deployment;
let receiver: TestReceiver;
let integration: SeededIntegration;

beforeAll(async () => {
  const env = { INGEST_MAX_BYTES: String(MAX_BYTES) };
  [deployment, receiver] = await Promise.all([startDeployment({ env }), TestReceiver.start()]);
  integration = await deployment.integration();
  const { integrationId } = integration;
  await deployment.webhook({ integrationId, endPoint: receiver.url('/healthy') });
});

afterAll(async () => {
  await deployment.dispose();
  await receiver.close();
});

const deadLetters = (topic: string): Promise<DeadLetterRow[]> =>
  deployment.database.query<DeadLetterRow>(
    'SELECT * FROM ingest_dead_letter WHERE topic = $1 ORDER BY partition, "offset"',
    [topic],
  );

const counts = (): Promise<{ letters: string; messages: string }> =>
  deployment.database.one(
    `SELECT (SELECT count(*) FROM ingest_dead_letter) AS letters,
            (SELECT count(*) FROM integration_queue_message) AS messages`,
  );

const good = (topic: string, n: number): PublishedRecord => ({
  topic,
  value: JSON.stringify({ organizationId: integration.organizationId, n }),
});

/** The numbers of the good records of a type, as they arrived. */
const arrived = (type: string): unknown[] =>
  receivedEvents(receiver)
    .filter((event) => event.type === type)
    .map(({ body }) => (JSON.parse(String(body)) as { n: number }).n);

const ORGANIZATION = '"organizationId":"11111111-1111-4111-8111-111111111111"';

/** Records that are the producer's fault, on a topic that names its organization at the top. */
const POISON: readonly (readonly [name: string, reason: string, value: Buffer | null])[] = [
  ['a tombstone', 'tombstone', null],
  ['a value one byte over the limit', 'too_large', sized(MAX_BYTES + 1)],
  ['a schema registry frame', 'schema_registry_framing', Buffer.from([0, 0, 0, 0, 7, 0x7b, 0x7d])],
  ['an invalid UTF-8 sequence', 'invalid_utf8', bytes(`{${ORGANIZATION},"a":"`, 0xc3, 0x28, '"}')],
  ['a lone surrogate in UTF-8', 'invalid_utf8', bytes('{"a":"', 0xed, 0xa0, 0x80, '"}')],
  ['an empty value', 'not_json', Buffer.alloc(0)],
  ['text that is not JSON', 'not_json', Buffer.from('order 12 was created')],
  ['JSON that is cut off', 'not_json', Buffer.from(`{${ORGANIZATION},"a":`)],
  ['a byte order mark', 'not_json', Buffer.from(`\ufeff{${ORGANIZATION}}`)],
  ['two objects in one record', 'not_json', Buffer.from(`{${ORGANIZATION}}{}`)],
  ['an array', 'not_an_object', Buffer.from(`[{${ORGANIZATION}}]`)],
  ['a string', 'not_an_object', Buffer.from('"order"')],
  ['a number', 'not_an_object', Buffer.from('12')],
  ['null', 'not_an_object', Buffer.from('null')],
  ['an object without organization', 'organization_missing', Buffer.from('{"id":1}')],
  ['a null organization', 'organization_missing', Buffer.from('{"organizationId":null}')],
  ['an organization that is a number', 'organization_invalid', organizationIs('12')],
  ['an empty organization', 'organization_invalid', organizationIs('""')],
  [
    'an organization of 65 characters',
    'organization_invalid',
    organizationIs(`"${'x'.repeat(65)}"`),
  ],
  [
    'a control character in the organization',
    'organization_invalid',
    organizationIs('"a\\u0000b"'),
  ],
];

/** Headers that tell whether they are kept: twice the same is not possible here, bytes are. */
const HEADERS = { source: 'erp', traceparent: Buffer.from([0xff, 0x00, 0x41]) };

function sized(length: number): Buffer {
  return Buffer.from(`{${ORGANIZATION},"a":"`.padEnd(length - 2, 'x').concat('"}'));
}

function bytes(...parts: readonly (string | number)[]): Buffer {
  return Buffer.concat(
    parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from([part]))),
  );
}

function organizationIs(json: string): Buffer {
  return Buffer.from(`{"organizationId":${json},"id":"${randomUUID()}"}`);
}

describe('a record that cannot become a message', () => {
  beforeAll(async () => {
    const poison = POISON.map(([name, , value]) => ({
      topic: POISONED_TOPIC,
      key: name,
      headers: HEADERS,
      value,
    }));
    await deployment.publish(good(POISONED_TOPIC, 1), ...poison, good(POISONED_TOPIC, 2));
    await receiver.waitForCount(2, { path: '/healthy', timeoutMs: 10_000 });
  });

  it('does not stop the records around it', () => {
    expect(arrived('collection/created')).toEqual([1, 2]);
  });

  it.each(POISON.map(([name, reason, value], index) => [name, reason, value, index] as const))(
    'is kept as it came: %s is %s',
    async (name, reason, value, index) => {
      const row = (await deadLetters(POISONED_TOPIC)).find(({ key }) => String(key) === name);

      expect(row).toMatchObject({ reason, partition: 0, offset: String(index + 1) });
      // Compared as a whole: a difference in 200,000 bytes is nothing to read.
      expect(row?.value?.equals(value ?? Buffer.alloc(0)) ?? null).toBe(
        value === null ? null : true,
      );
      expect(Number(row?.record_timestamp)).toBeGreaterThan(Date.now() - 600_000);
      const headers = row?.headers.map((each) => [each.name, Buffer.from(each.value, 'base64')]);
      expect(headers).toEqual([
        ['source', Buffer.from('erp')],
        ['traceparent', HEADERS.traceparent],
      ]);
      expect(row?.detail).toMatch(/\.$/);
    },
  );

  it('is logged once, with its place and reason, and without its value', async () => {
    const lines = () => deployment.replicas.flatMap(({ log }) => log.of('record.dead_lettered'));
    await waitFor(() => lines().length >= POISON.length);
    const places = lines().map(({ topic, partition, offset, reason }) => ({
      topic,
      partition,
      offset,
      reason,
    }));
    expect(places).toEqual(
      POISON.map(([, reason], index) => ({
        topic: POISONED_TOPIC,
        partition: 0,
        offset: String(index + 1),
        reason,
      })),
    );
    expect(deployment.printed).not.toContain('order 12 was created');
  });

  it('is listed on the command line by its reason', async () => {
    const listed = await deployment.command<{ reason: string; offset: number }[]>(
      'dead-letter',
      'list',
      '--reason',
      'too_large',
    );
    expect(listed).toMatchObject([{ topic: POISONED_TOPIC, offset: 2, reason: 'too_large' }]);
  });

  it('is none when it has exactly as many bytes as are allowed', async () => {
    const largest = sized(MAX_BYTES);
    await deployment.publish(
      { topic: 'catalog.created', value: largest },
      good('catalog.created', 3),
    );
    await waitFor(() => arrived('catalog/created').includes(3));
    expect(await deadLetters('catalog.created')).toEqual([]);
  });
});

describe('one poison record among 500', () => {
  it('costs only itself', async () => {
    // Ten queues, because one alone delivers one message after the other.
    const organizations = await Promise.all(
      Array.from({ length: 10 }, async () => {
        const { integrationId, organizationId } = await deployment.integration();
        await deployment.webhook({ integrationId, endPoint: receiver.url('/batch') });
        return organizationId;
      }),
    );
    const records = Array.from({ length: 500 }, (_, n) => ({
      topic: BATCH_TOPIC,
      value: JSON.stringify({ organizationId: organizations[n % 10], n }),
    }));
    records[250] = { topic: BATCH_TOPIC, value: 'poison' };

    await deployment.publish(...records);

    await receiver.waitForCount(499, { path: '/batch', timeoutMs: 20_000 });
    const numbers = arrived('collection/updated').map(Number);
    const expected = Array.from({ length: 500 }, (_, n) => n).filter((n) => n !== 250);
    expect(numbers.toSorted((a, b) => a - b)).toEqual(expected);
    expect(await deadLetters(BATCH_TOPIC)).toMatchObject([{ offset: '250', reason: 'not_json' }]);
  });
});

describe('batches that Kafka delivers again', () => {
  it('store no dead letter and no message twice, and log nothing twice', async () => {
    const before = await counts();
    const requests = receiver.requests.length;
    await Promise.all(deployment.replicas.map((replica) => replica.stop()));
    await deployment.rewind();
    expect((await deployment.committed(BATCH_TOPIC)).get(0)).toBeNull();

    const restarted = await deployment.start();
    await waitFor(async () => (await deployment.committed(BATCH_TOPIC)).get(0) === 500n);
    await waitFor(async () => (await deployment.committed(POISONED_TOPIC)).get(0) === 22n);
    await waitFor(async () => (await deployment.committed('catalog.created')).get(0) === 2n);
    await deployment.publish(good(POISONED_TOPIC, 4));
    await waitFor(() => arrived('collection/created').includes(4));

    const { letters, messages } = await counts();
    expect({ letters, messages: Number(messages) - 1 }).toEqual({
      letters: before.letters,
      messages: Number(before.messages),
    });
    expect(receiver.requests).toHaveLength(requests + 1);
    expect(restarted.log.of('record.dead_lettered')).toEqual([]);
    const duplicates = () =>
      restarted.log.of('batch.enqueued').reduce((sum, line) => sum + Number(line['duplicates']), 0);
    await waitFor(() => duplicates() === 499 + 2 + 1, { describe: duplicates });
  });
});
