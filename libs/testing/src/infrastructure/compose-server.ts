import { execFile, type ExecFileException } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './free-port.js';
import { ServerStartError, UnavailableError } from './infrastructure.errors.js';
import type { KafkaServer, LocalServer, Log, PostgresServer } from './local-server.interface.js';
import { guardCommand, type ProcessGuard } from './process-guard.js';
import { projectRoot } from './project-directories.js';
import { metadataAnswered, queryAnswered } from './server-probes.js';

export interface ComposeOptions {
  log?: Log;
  /** Project name under which the data is kept; without it everything is removed at the end. */
  keptAs?: string;
}

const ENGINE_PATIENCE_MS = 5_000;

/** @throws UnavailableError when no container engine with `docker compose` answers. */
export async function requireContainerEngine(): Promise<void> {
  const run = (args: string[]) =>
    promisify(execFile)('docker', args, { timeout: ENGINE_PATIENCE_MS });
  try {
    await run(['info']);
  } catch (error) {
    const missing = (error as ExecFileException).code === 'ENOENT';
    throw new UnavailableError(
      missing ? 'no `docker` command' : 'the docker engine does not answer',
    );
  }
  try {
    await run(['compose', 'version']);
  } catch {
    throw new UnavailableError('`docker compose` is not installed');
  }
}

export async function startComposeKafka(options: ComposeOptions = {}): Promise<KafkaServer> {
  const port = await freePort();
  const brokers = [`localhost:${port}`];
  const environment = { REDPANDA_PORT: String(port) };
  const probe = (): Promise<void> => metadataAnswered(brokers);
  const service = new ComposeService('redpanda', port, environment, options, probe);
  await service.startOrDispose();
  return Object.assign(service, { brokers });
}

export async function startComposePostgres(options: ComposeOptions = {}): Promise<PostgresServer> {
  const port = await freePort();
  const databaseUrl = `postgres://postgres:postgres@localhost:${port}/postgres`;
  // The secrets for tries; a directory of somebody's own has other passwords.
  const environment = { POSTGRES_PORT: String(port), SECRETS_DIRECTORY: '' };
  const probe = (): Promise<void> => queryAnswered(databaseUrl);
  const service = new ComposeService('postgres', port, environment, options, probe);
  await service.startOrDispose();
  return Object.assign(service, { databaseUrl });
}

/**
 * One service of docker-compose.yml in a compose project of its own, so that runs beside each other, or a
 * `docker compose up` by hand, share neither names nor ports nor data.
 */
class ComposeService implements LocalServer {
  readonly description: string;
  /** A container has no pid that means something on every system. */
  readonly pid = undefined;
  private guard: ProcessGuard | undefined;
  private readonly project: string;
  private readonly environment: NodeJS.ProcessEnv;

  constructor(
    private readonly service: string,
    readonly port: number,
    ports: NodeJS.ProcessEnv,
    private readonly options: ComposeOptions,
    private readonly probe: () => Promise<void>,
  ) {
    const id = options.keptAs ?? `run-${process.pid}-${randomBytes(3).toString('hex')}`;
    this.project = `happycolis-webhooks-${id}-${service}`;
    this.description = `${service} of docker-compose.yml (container)`;
    this.environment = { ...process.env, ...ports };
  }

  async startOrDispose(): Promise<void> {
    try {
      this.guard = guardCommand(this.command(this.ending()), this.environment);
      this.options.log?.(`starting ${this.description} …`);
      await this.start();
    } catch (error) {
      await this.dispose();
      throw error;
    }
  }

  async start(): Promise<void> {
    await this.compose(['up', '--detach', '--wait', this.service]);
    // Healthy inside is not yet reachable from outside.
    await this.probe().catch((error: Error) => {
      throw new ServerStartError(
        this.description,
        `is up but does not answer: ${error.message}`,
        '',
      );
    });
  }

  async stop(): Promise<void> {
    await this.compose(['stop', this.service]);
  }

  async kill(): Promise<void> {
    await this.compose(['kill', this.service]);
  }

  async dispose(): Promise<void> {
    await this.compose(this.ending());
    this.guard?.release();
    await this.guard?.ended;
  }

  /** `docker compose` tells nobody of a container that ended; a client notices by itself. */
  onUnexpectedEnd(): void {}

  private ending(): string[] {
    return this.options.keptAs ? ['down'] : ['down', '--volumes'];
  }

  private command(args: string[]): string[] {
    const file = join(projectRoot(), 'docker-compose.yml');
    return ['docker', 'compose', '--file', file, '--project-name', this.project, ...args];
  }

  private async compose(args: string[]): Promise<void> {
    const [file = '', ...rest] = this.command(args);
    try {
      await promisify(execFile)(file, rest, { env: this.environment });
    } catch (error) {
      const { stderr } = error as ExecFileException;
      throw new ServerStartError(this.description, `failed on \`${args.join(' ')}\``, stderr ?? '');
    }
  }
}
