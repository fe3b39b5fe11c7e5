import type { BenchDatabase } from '../bench-database.store.js';
import type { Measurement } from '../scenarios/scenario.js';
import type { ServiceProcess } from '../service-process.js';
import { cpuOfServer } from './server-cpu.js';

interface Readings {
  readonly service: number | undefined;
  readonly broker: number | undefined;
  readonly database: number | undefined;
  readonly statements: number | undefined;
  readonly walBytes: number;
}

/** What something costs the service, the broker and the database from here on. */
export class Meter {
  private constructor(
    private readonly parts: MeterParts,
    private readonly before: Readings,
  ) {}

  static async start(parts: MeterParts): Promise<Meter> {
    return new Meter(parts, await readings(parts));
  }

  /** The costs of each of so many deliveries; what cannot be told on this machine is left out. */
  async perDelivery(deliveries: number): Promise<Measurement[]> {
    const { before } = this;
    const after = await readings(this.parts);
    const each = (name: keyof Readings): number | undefined => {
      const [from, to] = [before[name], after[name]];
      return from === undefined || to === undefined ? undefined : (to - from) / deliveries;
    };
    const cpu = { service: each('service'), broker: each('broker'), database: each('database') };
    const all = sum(Object.values(cpu));
    return [
      ...figure("service's CPU a delivery", 'µs', cpu.service),
      ...figure("database's CPU a delivery", 'µs', cpu.database),
      ...figure("broker's CPU a delivery", 'µs', cpu.broker),
      ...figure('CPU of all three', 'µs', all, 250),
      ...figure('statements a delivery', '', each('statements'), 0.05),
      ...figure('WAL a delivery', 'bytes', each('walBytes'), 2_500),
    ];
  }
}

export interface MeterParts {
  readonly service: ServiceProcess;
  readonly database: BenchDatabase;
  readonly ports: { readonly broker: number; readonly database: number };
}

async function readings({ service, database, ports }: MeterParts): Promise<Readings> {
  return {
    ...(await database.counters()),
    service: service.cpuMicros(),
    broker: cpuOfServer(ports.broker),
    database: cpuOfServer(ports.database),
  };
}

function sum(parts: readonly (number | undefined)[]): number | undefined {
  return parts.reduce<number | undefined>(
    (total, part) => (total === undefined || part === undefined ? undefined : total + part),
    0,
  );
}

/** A figure, where the machine tells it. */
export function figure(
  name: string,
  unit: string,
  value: number | undefined,
  atMost?: number,
): Measurement[] {
  if (value === undefined) return [];
  const goal = atMost === undefined ? {} : { goal: { is: 'at most' as const, value: atMost } };
  return [{ name, unit, value, ...goal }];
}
