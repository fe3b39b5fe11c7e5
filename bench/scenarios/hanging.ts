import { ATTACK_NAMES, HARMLESS_ATTACKS, HostileReceiver } from '@app/testing';
import type { BenchStage } from '../bench-stage.js';
import { SilentReceiver } from '../load/silent-receiver.js';
import { ms, SPARSE, steadily } from './latency.js';
import type { Goal, Measurement, Scenario } from './scenario.js';

const WITHIN: Goal = { is: 'at most', value: 1.2 };

interface HangingOptions {
  readonly name: string;
  readonly about: string;
  readonly organizations: number;
  readonly integrationsEach: number;
  /** Of `integrationsEach` or of `organizations`, whichever are several. */
  readonly hanging: number;
  /** They do their worst, each in another way, instead of nothing at all. */
  readonly isHostile?: true;
}

interface Opponents {
  readonly endPoints: readonly string[];
  close(): void | Promise<void>;
}

export function hangingScenario(options: HangingOptions): Scenario {
  return {
    name: options.name,
    about: options.about,
    note: 'the load of "latency", first with receivers that all answer and then, in another database, with some that take the request and never answer ("hostile": attack); of the healthy ones',
    once: true,
    run: (stage) => hanging(stage, options),
  };
}

async function hanging(stage: BenchStage, options: HangingOptions): Promise<Measurement[]> {
  const { organizations, integrationsEach } = options;
  const receivers = Math.max(organizations, integrationsEach);
  const measured = async (silent: readonly string[]): Promise<readonly number[]> => {
    const database = await stage.database();
    const healthy = stage.receiver.paths(receivers).slice(silent.length);
    const ids = await database.subscribe({
      organizations,
      integrationsEach,
      endPoints: [...silent, ...healthy],
      secretsKey: stage.secretsKey,
    });
    const arriving = (integrationsEach * healthy.length) / receivers;
    const scene = { database, organizations: ids, arriving };
    const latencies = await steadily(stage, scene, SPARSE);
    await stage.strike();
    return latencies;
  };
  const without = await measured([]);
  const opponents = await (options.isHostile ? hostile : silent)(options.hanging);
  try {
    const beside = await measured(opponents.endPoints);
    return [...compared('p50', 0.5, without, beside), ...compared('p99', 0.99, without, beside)];
  } finally {
    await opponents.close();
  }
}

async function silent(count: number): Promise<Opponents> {
  const receiver = new SilentReceiver();
  const endPoint = await receiver.listen();
  return {
    endPoints: Array.from({ length: count }, () => endPoint),
    close: () => receiver.close(),
  };
}

async function hostile(count: number): Promise<Opponents> {
  const receiver = await HostileReceiver.start();
  // Only the healthy ones are waited for.
  const attacks = ATTACK_NAMES.filter((name) => !HARMLESS_ATTACKS.has(name));
  return {
    endPoints: Array.from({ length: count }, (_, n) =>
      receiver.url(attacks[n % attacks.length] ?? 'silence'),
    ),
    close: () => receiver.close(),
  };
}

function compared(
  name: string,
  share: number,
  without: readonly number[],
  beside: readonly number[],
): Measurement[] {
  const [alone, together] = [ms(without, share), ms(beside, share)];
  return [
    { name: `${name} without`, unit: 'ms', value: alone },
    { name: `${name} beside`, unit: 'ms', value: together },
    { name: `${name} beside to without`, unit: '', value: together / alone, goal: WITHIN },
  ];
}
