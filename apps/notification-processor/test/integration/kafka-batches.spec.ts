import type { KafkaRecord } from '@app/events';
import {
  committedOffsets,
  createTopics,
  deleteTopics,
  Gate,
  uniquePrefix,
  waitFor,
} from '@app/testing';
import { EMPTY } from 'rxjs';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { createTestServer, produce, type TestServer } from './kafka-test-server.js';

const { brokers } = inject('infrastructure');

describe('the batch transport', () => {
  let prefix: string;
  let topic: string;
  let groupId: string;
  let servers: TestServer[];

  beforeEach(async () => {
    prefix = uniquePrefix('batches');
    topic = `${prefix}orders`;
    groupId = `${prefix}group`;
    servers = [];
    await createTopics(brokers, [topic]);
  });

  afterEach(async () => {
    for (const server of servers) await server.close();
    await deleteTopics(brokers, prefix);
  });

  async function serve(
    handler: (records: readonly KafkaRecord[]) => unknown,
    more: { batchSize?: number } = {},
  ): Promise<TestServer> {
    const server = await createTestServer({
      brokers,
      groupId,
      topicPrefix: prefix,
      topics: ['orders'],
      handler,
      ...more,
    });
    servers.push(server);
    await server.listen();
    return server;
  }

  const committed = async (): Promise<bigint | null | undefined> =>
    (await committedOffsets(brokers, groupId, topic)).get(0);

  it('hands over the bytes of key, value and headers as they were produced', async () => {
    const value = Buffer.from('{ "b" : 10.00, "a":12345678901234567890, "é":"\\u00e9" }');
    const seen: KafkaRecord[] = [];
    await serve((records) => void seen.push(...records));

    await produce(brokers, topic, [
      {
        key: Buffer.from('{"id":1}'),
        value,
        headers: { plain: '7', twice: ['1', '2'], constructor: 'c' },
        timestamp: '1700000000123',
      },
      { key: null, value: Buffer.from([0, 255, 254]) },
    ]);
    await waitFor(() => seen.length === 2);

    expect(seen[0]).toMatchObject({ topic: 'orders', partition: 0, offset: '0' });
    expect(seen[0]?.timestamp).toBe('1700000000123');
    expect(seen[0]?.key).toEqual(Buffer.from('{"id":1}'));
    expect(seen[0]?.value).toEqual(value);
    expect({ ...seen[0]?.headers }).toEqual({
      plain: Buffer.from('7'),
      twice: [Buffer.from('1'), Buffer.from('2')],
      constructor: Buffer.from('c'),
    });
    expect(seen[1]).toMatchObject({ offset: '1', key: null, headers: {} });
    expect(seen[1]?.value).toEqual(Buffer.from([0, 255, 254]));
  });

  it('hands over a tombstone as a record without value', async () => {
    const seen: KafkaRecord[] = [];
    await serve((records) => void seen.push(...records));

    await produce(brokers, topic, [{ key: 'gone', value: null }]);
    await waitFor(() => seen.length === 1);

    expect(seen[0]?.value).toBeNull();
    expect(seen[0]?.key?.toString()).toBe('gone');
  });

  it('cuts a fetched batch into calls of at most the batch size, in order', async () => {
    await produce(
      brokers,
      topic,
      Array.from({ length: 25 }, (_, i) => ({ value: String(i) })),
    );
    const calls: string[][] = [];
    await serve((records) => void calls.push(records.map(({ offset }) => offset)), {
      batchSize: 10,
    });

    await waitFor(() => calls.flat().length === 25);

    expect(calls.map((offsets) => offsets.length)).toEqual([10, 10, 5]);
    expect(calls.flat()).toEqual(Array.from({ length: 25 }, (_, i) => String(i)));
  });

  it('commits the offset after the handler has resolved and not before', async () => {
    const gate = new Gate();
    let called = false;
    const server = await serve(async () => {
      called = true;
      await gate.opened;
    });
    await produce(brokers, topic, [{ value: 'a' }, { value: 'b' }]);
    await waitFor(() => called);

    // Heartbeats go on while the handler waits: the member stays, and still nothing is committed.
    const beats = server.events.length;
    await waitFor(() => server.events.slice(beats).length >= 3);
    expect(await committed()).toBeNull();

    gate.open();
    await waitFor(async () => (await committed()) === 2n);
  });

  it('takes a handler that returns an empty stream for success', async () => {
    await serve(() => EMPTY);
    await produce(brokers, topic, [{ value: 'a' }]);

    await waitFor(async () => (await committed()) === 1n);
  });

  it('tries a failing batch again in place, skips nothing and stays in the group', async () => {
    const failures = [new TypeError('no such property'), new Error('database is away'), 'a string'];
    const thrown = [...failures];
    const calls: string[][] = [];
    const server = await serve(
      (records) => {
        calls.push(records.map(({ offset }) => offset));
        if (records[0]?.offset === '2' && thrown.length > 0) throw thrown.shift();
      },
      { batchSize: 2 },
    );
    await produce(
      brokers,
      topic,
      ['a', 'b', 'c', 'd', 'e'].map((value) => ({ value })),
    );

    await waitFor(async () => (await committed()) === 5n);

    expect(calls).toEqual([['0', '1'], ['2', '3'], ['2', '3'], ['2', '3'], ['2', '3'], ['4']]);
    expect(server.events.filter((event) => event !== 'consumer.heartbeat')).toEqual([
      'consumer.group_join',
    ]);
    const lines = server.log.of('batch.failed');
    expect(lines.map(({ fields }) => fields['error'])).toEqual(failures);
    expect(lines[0]?.fields['error']).toBe(failures[0]);
    expect(lines[2]?.fields).toMatchObject({ topic: 'orders', firstOffset: '2', attempt: 3 });
  });

  it('commits what is done while a later part of the batch keeps failing', async () => {
    let healthy = false;
    await serve(
      (records) => {
        if (records[0]?.offset === '1' && !healthy) throw new Error('database is away');
      },
      { batchSize: 1 },
    );
    await produce(brokers, topic, [{ value: 'a' }, { value: 'b' }]);

    await waitFor(async () => (await committed()) === 1n);
    healthy = true;
    await waitFor(async () => (await committed()) === 2n);
  });

  it('closes within two seconds while a batch keeps failing, and leaves it to the next', async () => {
    const server = await serve(() => Promise.reject(new Error('database is away')));
    await produce(brokers, topic, [{ value: 'a' }]);
    // By the fifth failure the pauses are longer than a second.
    await waitFor(() => server.log.of('batch.failed').length >= 5);

    const before = performance.now();
    await server.close();
    expect(performance.now() - before).toBeLessThan(2_000);
    expect(await committed()).toBeNull();

    const seen: KafkaRecord[] = [];
    await serve((records) => void seen.push(...records));
    await waitFor(() => seen.length === 1);
    expect(seen[0]?.value?.toString()).toBe('a');
  });

  it('closes within two seconds while idle', async () => {
    const server = await serve(() => undefined);
    await waitFor(() => server.events.includes('consumer.heartbeat'));

    const before = performance.now();
    await server.close();
    expect(performance.now() - before).toBeLessThan(2_000);
  });

  it('waits for the handler that is running when it closes, and commits its offset', async () => {
    const gate = new Gate();
    let called = false;
    const server = await serve(async () => {
      called = true;
      await gate.opened;
    });
    await produce(brokers, topic, [{ value: 'a' }]);
    await waitFor(() => called);

    const closed = server.close();
    gate.open();
    await closed;

    expect(await committed()).toBe(1n);
  });

  it('listens and closes without a single handler', async () => {
    const server = await createTestServer({
      brokers,
      groupId,
      topicPrefix: prefix,
      topics: [],
      handler: () => undefined,
    });
    await server.listen();
    await server.close();

    expect(server.events).toEqual([]);
  });

  it('subscribes only the topics that the filter lets through', async () => {
    await createTopics(brokers, [`${prefix}parcels`]);
    await produce(brokers, topic, [{ value: 'order' }]);
    await produce(brokers, `${prefix}parcels`, [{ value: 'parcel' }]);
    const seen: KafkaRecord[] = [];
    const server = await createTestServer({
      brokers,
      groupId,
      topicPrefix: prefix,
      topics: ['orders', 'parcels'],
      handler: (records) => void seen.push(...records),
      filter: (registered) => registered.filter((name) => name === 'parcels'),
    });
    servers.push(server);
    await server.listen();

    // The group's own assignment tells what it subscribed, so no waiting for what must not come.
    await waitFor(() => seen.length > 0);
    expect(seen.map((record) => record.topic)).toEqual(['parcels']);
    expect((await committedOffsets(brokers, groupId, topic)).get(0)).toBeNull();
  });
});
