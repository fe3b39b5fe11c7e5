import { readdirSync } from 'node:fs';
import { residentMegabytes, Scrape } from '@app/testing';
import { OF_THE_SERVICE } from '../faults/database-faults.js';
import type { Replica } from '../world/fleet.js';
import type { Stage } from '../world/stage.js';

/** Something that must not grow for ever, and by how much it may differ between the beginning and the end. */
interface Resource {
  readonly name: string;
  readonly unit: string;
  /** Grows beyond `factor` times what it was, and by more than `slack`: it is not flat. */
  readonly factor: number;
  readonly slack: number;
}

const RESOURCES = {
  memory: { name: 'resident memory of a replica', unit: 'MB', factor: 1.3, slack: 60 },
  files: { name: 'open files of a replica', unit: '', factor: 1.3, slack: 60 },
  loop: { name: 'event loop delay of a replica, p99', unit: 'ms', factor: 2, slack: 50 },
  connections: {
    name: 'connections of the service to the database',
    unit: '',
    factor: 1.3,
    slack: 10,
  },
  wal: { name: 'write-ahead log', unit: 'MB', factor: 1.5, slack: 200 },
  lag: { name: 'records unread', unit: '', factor: 2, slack: 5_000 },
} as const satisfies Readonly<Record<string, Resource>>;

export type ResourceName = keyof typeof RESOURCES;

export interface ResourceTrend extends Resource {
  readonly early: number;
  readonly late: number;
  readonly most: number;
  readonly isFlat: boolean;
}

const EVERY_MS = 5_000;

/** A replica that was just started is not yet what it will be. */
const SETTLED_MS = 30_000;

/** Below that there is nothing to compare. */
const LEAST_SAMPLES = 30;

const MB = 1024 * 1024;

/** Looks at what a run takes of the machine, every five seconds; what is away at the moment is left out. */
export class ResourceWatch {
  private readonly samples = new Map<ResourceName, number[]>();
  private readonly seen = new Map<Replica, number>();
  private readonly timer: NodeJS.Timeout;
  private isSampling = false;

  constructor(private readonly stage: Stage) {
    this.timer = setInterval(() => void this.sample(), EVERY_MS);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** Medians of the second and the last fifth of the run; none of a run of less than some three minutes. */
  trends(): ResourceTrend[] {
    return trendsOf(this.samples);
  }

  private async sample(): Promise<void> {
    // The servers may be away for longer than it takes until the next time.
    if (this.isSampling) return;
    this.isSampling = true;
    try {
      await Promise.allSettled([this.sampleReplicas(), this.sampleDatabase(), this.sampleLag()]);
    } finally {
      this.isSampling = false;
    }
  }

  private async sampleReplicas(): Promise<void> {
    const now = performance.now();
    for (const replica of this.stage.fleet.able) {
      const since = this.seen.get(replica) ?? now;
      this.seen.set(replica, since);
      if (now - since < SETTLED_MS) continue;
      const { pid, url } = replica.service;
      this.add('memory', residentMegabytes(pid));
      this.add('files', readdirSync(`/proc/${pid}/fd`).length);
      const delay = (await Scrape.of(url)).value('nodejs_eventloop_lag_p99_seconds');
      if (delay !== undefined) this.add('loop', delay * 1_000);
    }
  }

  private async sampleDatabase(): Promise<void> {
    const { connections, wal } = await this.stage.deployment.database.one<{
      connections: number;
      wal: number;
    }>(
      `SELECT (SELECT count(*)::integer FROM pg_stat_activity WHERE ${OF_THE_SERVICE}) AS connections,
              (SELECT sum(size)::float8 FROM pg_ls_waldir()) AS wal`,
    );
    this.add('connections', connections);
    this.add('wal', wal / MB);
  }

  private async sampleLag(): Promise<void> {
    this.add('lag', await this.stage.lag());
  }

  private add(name: ResourceName, value: number): void {
    const values = this.samples.get(name) ?? [];
    this.samples.set(name, values);
    values.push(value);
  }
}

/** See {@link ResourceWatch.trends}. */
export function trendsOf(samples: ReadonlyMap<ResourceName, readonly number[]>): ResourceTrend[] {
  return (Object.keys(RESOURCES) as ResourceName[]).flatMap((key): ResourceTrend[] => {
    const values = samples.get(key) ?? [];
    if (values.length < LEAST_SAMPLES) return [];
    const fifth = Math.floor(values.length / 5);
    const early = median(values.slice(fifth, 2 * fifth));
    const late = median(values.slice(-fifth));
    const resource = RESOURCES[key];
    const isFlat = late <= early * resource.factor || late <= early + resource.slack;
    return [{ ...resource, early, late, most: Math.max(...values), isFlat }];
  });
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/** One line a resource. */
export function trendText({ name, unit, early, late, most, isFlat }: ResourceTrend): string {
  const shown = [early, late, most].map((value) => `${Math.round(value)} ${unit}`.trimEnd());
  return `${name}: ${shown[0]} at first, ${shown[1]} at the end, ${shown[2]} at most${isFlat ? '' : ': NOT FLAT'}`;
}
