import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  freePort,
  startEmbeddedKafka,
  startEmbeddedPostgres,
  type KafkaServer,
  type PostgresServer,
} from '@app/testing/infrastructure';
import { NetworkProxy } from '@app/testing';

/** So few that a fault can take them all. */
const MAX_CONNECTIONS = 60;

/** The quota of the database's disk: WAL and tables of a run, with room. */
const DISK_MB = 1_000;

const SLICE_BYTES = 64 * 1024;

/** A Kafka and a PostgreSQL of the suite's own, to be killed as it likes. */
export class Servers {
  #second: Promise<KafkaServer> | undefined;

  private constructor(
    readonly kafka: KafkaServer,
    /** Where the service finds the broker: through {@link brokerNetwork}. */
    readonly relayedBrokers: readonly string[],
    readonly brokerNetwork: NetworkProxy,
    readonly postgres: PostgresServer,
    private readonly disk: QuotaDisk,
  ) {}

  static async start(): Promise<Servers> {
    const [port, relayPort] = [await freePort(), await freePort()];
    const disk = QuotaDisk.mount(DISK_MB);
    const [kafka, network, postgres] = await Promise.all([
      startEmbeddedKafka({ relayed: { port, relayPort } }),
      NetworkProxy.start({ port }, relayPort),
      startEmbeddedPostgres({
        ...(disk.path !== undefined && { directory: disk.path }),
        settings: { max_connections: String(MAX_CONNECTIONS), max_wal_size: '256MB' },
      }),
    ]);
    return new Servers(kafka, [`127.0.0.1:${relayPort}`], network, postgres, disk);
  }

  /** False where nothing may be mounted here (it takes root): the disk has no quota then. */
  get hasQuota(): boolean {
    return this.disk.path !== undefined;
  }

  get maxConnections(): number {
    return MAX_CONNECTIONS;
  }

  fillDisk(): void {
    this.disk.fill();
  }

  freeDisk(): void {
    this.disk.free();
  }

  /** Another broker of the cluster, from the first time on that it is needed. */
  secondBroker(): Promise<KafkaServer> {
    this.#second ??= this.#startSecond();
    return this.#second;
  }

  async stop(): Promise<void> {
    const second = await this.#second?.catch(() => undefined);
    await second?.dispose();
    await Promise.all([this.kafka.dispose(), this.postgres.dispose(), this.brokerNetwork.close()]);
    this.disk.unmount();
  }

  async #startSecond(): Promise<KafkaServer> {
    const { cluster } = this.kafka;
    if (!cluster) throw new Error('a broker joins one that was started here');
    const port = await freePort();
    return startEmbeddedKafka({ joins: cluster, relayed: { port, relayPort: port } });
  }
}

/** A small tmpfs, where one may be mounted. */
class QuotaDisk {
  private constructor(readonly path: string | undefined) {}

  static mount(megabytes: number): QuotaDisk {
    if (process.getuid?.() !== 0) return new QuotaDisk(undefined);
    const path = mkdtempSync(join(tmpdir(), 'webhooks-chaos-disk-'));
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', path], {
        stdio: 'ignore',
      });
    } catch {
      rmSync(path, { recursive: true, force: true });
      return new QuotaDisk(undefined);
    }
    // Also where the run is broken off; what is mounted is gone with the last that uses it.
    process.once('exit', () => unmounted(path));
    const inside = join(path, 'postgres');
    mkdirSync(inside);
    // PostgreSQL runs as another user, who has to pass.
    for (const directory of [path, inside]) chmodSync(directory, 0o755);
    return new QuotaDisk(inside);
  }

  /** To the last block. */
  fill(): void {
    if (this.path === undefined) return;
    const slice = Buffer.alloc(SLICE_BYTES);
    const ballast = openSync(this.#ballast(this.path), 'a');
    try {
      // Ends with ENOSPC.
      for (;;) if (writeSync(ballast, slice) < slice.length) return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    } finally {
      closeSync(ballast);
    }
  }

  free(): void {
    if (this.path !== undefined) rmSync(this.#ballast(this.path), { force: true });
  }

  unmount(): void {
    if (this.path !== undefined) unmounted(join(this.path, '..'));
  }

  #ballast(path: string): string {
    return join(path, 'ballast');
  }
}

/** Once is enough. */
function unmounted(path: string): void {
  if (!existsSync(path)) return;
  spawnSync('umount', ['-l', path], { stdio: 'ignore' });
  rmSync(path, { recursive: true, force: true });
}
