import { setTimeout as delay } from 'node:timers/promises';
import {
  NetworkProxy,
  removeFromGroups,
  type Deployment,
  type ServiceEnvironment,
  type ServiceProcess,
} from '@app/testing';
import type { Servers } from './servers.js';

export interface Replica {
  /** For people: r1, r2, … */
  readonly name: string;
  readonly service: ServiceProcess;
  /** Between it and the database. */
  readonly network: NetworkProxy;
  /** Somebody ended it, so that its end is no news. */
  isLeaving: boolean;
  isPaused: boolean;
}

/** As an orchestrator that tries again. */
const RELAUNCH_AFTER_MS = 500;

/** A lease as short as a request of 3 s allows, so that faults that outlast one are short. */
const ENVIRONMENT: ServiceEnvironment = {
  DELIVERY_TIMEOUT_MS: '3000',
  DELIVERY_LEASE_MS: '8000',
  SWEEP_INTERVAL_MS: '500',
};

/** The replicas of a run, and who starts a new one where one ends that nobody has ended. */
export class Fleet {
  readonly replicas: Replica[] = [];
  #started = 0;
  #isClosed = false;
  /** Everybody that ever ran, for their logs. */
  readonly all: Replica[] = [];

  constructor(
    private readonly deployment: Deployment,
    private readonly servers: Servers,
    private readonly tell: (text: string) => void,
  ) {}

  /** Running ones that nobody is about to end. */
  get able(): Replica[] {
    return this.replicas.filter(({ isLeaving, isPaused }) => !isLeaving && !isPaused);
  }

  /** Returns at once: it may start while the servers are away. */
  async launch(env: ServiceEnvironment = {}): Promise<Replica> {
    const network = await NetworkProxy.start({ port: this.servers.postgres.port });
    const url = new URL(this.deployment.database.url);
    url.port = String(network.port);
    const service = this.deployment.launch({
      ...ENVIRONMENT,
      KAFKA_BROKERS: this.servers.relayedBrokers.join(','),
      DATABASE_URL: url.href,
      ...env,
    });
    this.#started += 1;
    const name = `r${this.#started}`;
    const replica = { name, service, network, isLeaving: false, isPaused: false };
    this.replicas.push(replica);
    this.all.push(replica);
    void this.#watch(replica);
    return replica;
  }

  /** SIGKILL, with what the broker would find out by the end of the session. */
  async crash(replica: Replica): Promise<void> {
    replica.isLeaving = true;
    replica.service.kill('SIGKILL');
    await replica.service.exited;
    await this.forget(replica);
  }

  /** The broker may be away as well: then the session's end has to do. */
  async forget({ service }: Replica): Promise<void> {
    await removeFromGroups(this.deployment.brokers, service).catch(() => undefined);
  }

  async stop(replica: Replica): Promise<void> {
    replica.isLeaving = true;
    await replica.service.stop();
  }

  async stopAll(): Promise<void> {
    await Promise.all(this.able.map((replica) => this.stop(replica)));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(
      this.all.map(async ({ service, network }) => {
        service.kill('SIGKILL');
        await service.exited;
        await network.close();
      }),
    );
  }

  async #watch(replica: Replica): Promise<void> {
    const { code, signal } = await replica.service.exited;
    this.replicas.splice(this.replicas.indexOf(replica), 1);
    if (this.#isClosed || replica.isLeaving) return;
    const last = replica.service.log.lines.at(-1);
    this.tell(`${replica.name} ended by itself (${code ?? signal}): ${JSON.stringify(last)}`);
    await this.forget(replica);
    await delay(RELAUNCH_AFTER_MS);
    if (!this.#isClosed) await this.launch();
  }
}
