import { createTopics, deleteTopics, Gate, uniquePrefix, waitFor, withAdmin } from '@app/testing';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { createTestServer, produce, type TestServer } from './kafka-test-server.js';

const { brokers } = inject('infrastructure');

const PARTITIONS = 4;

describe('a rebalance', () => {
  let prefix: string;
  let servers: TestServer[];

  beforeEach(async () => {
    prefix = uniquePrefix('rebalance');
    servers = [];
    await createTopics(brokers, [`${prefix}orders`], PARTITIONS);
  });

  afterEach(async () => {
    await Promise.all(servers.map((server) => server.close()));
    await deleteTopics(brokers, prefix);
  });

  const messages = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, i) => ({
      value: String(from + i),
      partition: (from + i) % PARTITIONS,
    }));

  async function member(handler: (values: readonly string[]) => unknown): Promise<TestServer> {
    const server = await createTestServer({
      brokers,
      groupId: `${prefix}group`,
      topicPrefix: prefix,
      topics: ['orders'],
      batchSize: 20,
      handler: (records) => handler(records.map(({ value }) => String(value))),
    });
    servers.push(server);
    return server;
  }

  const isRebalancing = (): Promise<boolean> =>
    withAdmin(brokers, async (admin) => {
      const { groups } = await admin.describeGroups([`${prefix}group`]);
      return groups[0]?.state === 'PreparingRebalance';
    });

  it('in the middle of the work leaves nothing out and crashes nobody', async () => {
    const gate = new Gate();
    const first: string[] = [];
    const second: string[] = [];
    const one = await member(async (values) => {
      if (first.length >= 100) await gate.opened;
      first.push(...values);
    });
    const two = await member((values) => void second.push(...values));
    await one.listen();
    await produce(brokers, `${prefix}orders`, messages(0, 400));
    await waitFor(() => first.length >= 100);

    // The second member asks to join while handlers of the first are at work.
    const joined = two.listen();
    await waitFor(isRebalancing);
    gate.open();
    await joined;
    await produce(brokers, `${prefix}orders`, messages(400, 500));

    const all = new Set(messages(0, 500).map(({ value }) => value));
    await waitFor(() => new Set([...first, ...second]).size === all.size);
    expect(new Set([...first, ...second])).toEqual(all);
    await waitFor(() => second.length > 0);
    expect([...one.events, ...two.events]).not.toContain('consumer.crash');
  });

  it('ends the retries of a failing batch, so that the other member can join', async () => {
    let healthy = false;
    const seen: string[] = [];
    const handler = (values: readonly string[]): void => {
      if (!healthy) throw new Error('database is away');
      seen.push(...values);
    };
    const one = await member(handler);
    const two = await member(handler);
    await one.listen();
    await produce(brokers, `${prefix}orders`, messages(0, 8));
    await waitFor(() => one.log.of('batch.failed').length >= PARTITIONS);

    await two.listen();
    healthy = true;

    await waitFor(() => new Set(seen).size === 8);
    expect([...one.events, ...two.events]).not.toContain('consumer.crash');
  });
});
