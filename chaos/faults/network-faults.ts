import { setTimeout as delay } from 'node:timers/promises';
import type { NetworkCondition, NetworkProxy, Random } from '@app/testing';
import type { FaultAction } from './fault-context.js';

type Way = Exclude<NetworkCondition['kind'], 'fine'> | 'reset';

const WAYS: readonly Way[] = ['slow', 'narrow', 'half_open', 'refused', 'cut', 'reset'];

function conditionOf(way: Exclude<Way, 'reset'>, random: Random): NetworkCondition {
  switch (way) {
    case 'slow':
      return { kind: way, latencyMs: 2_000 };
    case 'narrow':
      return { kind: way, bytesPerSecond: 1_000 };
    case 'cut':
      return { kind: way, afterBytes: random.whole(0, 300) };
    case 'half_open':
    case 'refused':
      return { kind: way };
  }
}

async function worsen(proxy: NetworkProxy, forMs: number, random: Random): Promise<Way> {
  const way = random.one(WAYS);
  if (way === 'reset') proxy.reset();
  else {
    proxy.become(conditionOf(way, random));
    await delay(forMs);
    proxy.heal();
  }
  return way;
}

export const databaseNetwork: FaultAction = async ({ stage, forMs, random }) => {
  const { able } = stage.fleet;
  if (able.length === 0) return { detail: 'no replica was there' };
  const { name, network } = random.one(able);
  return { detail: `${name} to the database: ${await worsen(network, forMs, random)}` };
};

export const brokerNetwork: FaultAction = async ({ stage, forMs, random }) => ({
  detail: `all to the broker: ${await worsen(stage.servers.brokerNetwork, forMs, random)}`,
});

export const receiverNetwork: FaultAction = async ({ stage, forMs, random }) => ({
  detail: `all to the receivers: ${await worsen(stage.receiverNetwork, forMs, random)}`,
});
