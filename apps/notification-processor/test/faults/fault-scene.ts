import {
  crashAll,
  startDeployment,
  TcpProxy,
  TestReceiver,
  type Deployment,
  type ServerAddresses,
  type ServiceEnvironment,
  type ServiceProcess,
} from '@app/testing';
import { Subscriber } from './subscriber.js';

/** Where a lease has to run out: as short as is allowed, and still enough for a busy machine. */
export const SHORT_LEASE = { DELIVERY_TIMEOUT_MS: '3000', DELIVERY_LEASE_MS: '8000' };

/** Where a lease must not run out: what goes on within a test's patience did not wait for it. */
export const LONG_LEASE = { DELIVERY_TIMEOUT_MS: '30000', DELIVERY_LEASE_MS: '120000' };

/** A deployment without processes, a receiver, and a proxy in front of the database. */
export class FaultScene {
  private constructor(
    readonly deployment: Deployment,
    readonly receiver: TestReceiver,
    readonly proxy: TcpProxy,
  ) {}

  /** On servers of its own where a test kills them; else on those of the global setup. */
  static async create(
    env: ServiceEnvironment = {},
    infrastructure?: ServerAddresses,
  ): Promise<FaultScene> {
    const deployment = await startDeployment({
      replicas: 0,
      env,
      ...(infrastructure && { infrastructure }),
    });
    const proxy = await TcpProxy.start(deployment.database.url);
    return new FaultScene(deployment, await TestReceiver.start(), proxy);
  }

  start(env: ServiceEnvironment = {}): Promise<ServiceProcess> {
    return this.deployment.start(env);
  }

  /** A process whose statements go through the proxy. */
  startBehindProxy(env: ServiceEnvironment = {}): Promise<ServiceProcess> {
    return this.start({ ...env, DATABASE_URL: this.proxy.through(this.deployment.database.url) });
  }

  subscriber(): Promise<Subscriber> {
    return Subscriber.create(this.deployment, this.receiver);
  }

  subscribers(count: number): Promise<Subscriber[]> {
    return Promise.all(Array.from({ length: count }, () => this.subscriber()));
  }

  /** The process that holds the lease of the subscriber's queue. */
  async holder(subscriber: Subscriber): Promise<ServiceProcess> {
    const { owner } = await this.deployment.database.one<{ owner: string }>(
      'SELECT lease_owner AS owner FROM integration_queue WHERE queue_id = $1',
      [subscriber.integrationId],
    );
    const holder = this.deployment.replicas.find(({ pid }) => owner.endsWith(`:${pid}`));
    if (holder === undefined) throw new Error(`${owner} is no process of this deployment`);
    return holder;
  }

  /** To be called after each test: nothing runs and nothing is held. */
  async clear(): Promise<void> {
    await crashAll(this.deployment);
    this.proxy.release();
  }

  async dispose(): Promise<void> {
    await this.deployment.dispose();
    await Promise.all([this.receiver.close(), this.proxy.close()]);
  }
}
