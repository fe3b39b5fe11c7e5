import {
  Deployment,
  NetworkProxy,
  TestReceiver,
  withAdmin,
  type ReceivedRecord,
  receivedRecord,
  type RunNote,
  Random,
} from '@app/testing';
import { Fleet } from './fleet.js';
import { Load, TOPICS } from './load.js';
import { Servers } from './servers.js';
import { subscribe, type Subscribers } from './subscribers.js';

export interface StageOptions {
  readonly seed: string;
  readonly replicas: number;
  readonly queues: number;
  /** Records a second. */
  readonly rate: number;
  readonly tell: (text: string) => void;
}

interface StageParts {
  readonly servers: Servers;
  readonly deployment: Deployment;
  readonly receiver: TestReceiver;
  /** Between the replicas and the receivers. */
  readonly receiverNetwork: NetworkProxy;
  readonly subscribers: Subscribers;
  readonly fleet: Fleet;
  readonly load: Load;
  /** What happened besides the faults. */
  readonly notes: RunNote[];
}

const PARTITIONS = 3;

/** How often received requests are taken for their digests. */
const COLLECT_MS = 1_000;

/** An installation with everything around it: servers, replicas, receivers, load. */
export class Stage implements StageParts {
  readonly servers: Servers;
  readonly deployment: Deployment;
  readonly receiver: TestReceiver;
  readonly receiverNetwork: NetworkProxy;
  readonly subscribers: Subscribers;
  readonly fleet: Fleet;
  readonly load: Load;
  readonly notes: RunNote[];
  readonly received: ReceivedRecord[] = [];
  readonly #collector: NodeJS.Timeout;

  private constructor(parts: StageParts) {
    this.servers = parts.servers;
    this.deployment = parts.deployment;
    this.receiver = parts.receiver;
    this.receiverNetwork = parts.receiverNetwork;
    this.subscribers = parts.subscribers;
    this.fleet = parts.fleet;
    this.load = parts.load;
    this.notes = parts.notes;
    this.#collector = setInterval(() => this.collect(), COLLECT_MS);
  }

  static async open(options: StageOptions): Promise<Stage> {
    const servers = await Servers.start();
    try {
      const stage = new Stage(await partsOf(servers, options));
      await stage.#begin(options.replicas);
      return stage;
    } catch (error) {
      await servers.stop();
      throw error;
    }
  }

  /** The first replica makes the topics. */
  async #begin(replicas: number): Promise<void> {
    const first = await this.fleet.launch();
    await first.service.started();
    for (let count = 1; count < replicas; count += 1) await this.fleet.launch();
    await Promise.all(this.fleet.replicas.map(({ service }) => service.started()));
    await this.load.start();
  }

  /** Takes what has arrived; its bytes are forgotten. */
  collect(): void {
    const origin = urlAt(this.receiverNetwork);
    const { secretsOf } = this.subscribers;
    for (const request of this.receiver.takeEnded())
      this.received.push(receivedRecord(request, { origin, secretsOf }));
  }

  /** Records that are in the log and were not read by the group. */
  async lag(): Promise<number> {
    const { groupId, topicPrefix } = this.deployment;
    return withAdmin(this.servers.kafka.brokers, async (admin) => {
      let lag = 0;
      for (const name of TOPICS) {
        const topic = `${topicPrefix}${name}`;
        const ends = await admin.fetchTopicOffsets(topic);
        const [committed] = await admin.fetchOffsets({ groupId, topics: [topic] });
        for (const { partition, high } of ends) {
          const at = committed?.partitions.find((each) => each.partition === partition)?.offset;
          lag += Number(high) - Math.max(0, Number(at ?? 0));
        }
      }
      return lag;
    });
  }

  /** Queues that have something to do, or are not well. */
  async busyQueues(): Promise<number> {
    const { busy } = await this.deployment.database.one<{ busy: number }>(
      `SELECT count(*)::integer AS busy FROM integration_queue
       WHERE head_seq <= tail_seq OR status <> 'HEALTHY' OR lease_until > clock_timestamp()`,
    );
    return busy;
  }

  async close(): Promise<void> {
    clearInterval(this.#collector);
    await this.load.stop();
    await this.fleet.close();
    await Promise.all([this.receiver.close(), this.receiverNetwork.close()]);
    await this.servers.stop();
  }
}

async function partsOf(servers: Servers, options: StageOptions): Promise<StageParts> {
  const { seed, rate, queues, tell } = options;
  const { brokers } = servers.kafka;
  const { databaseUrl } = servers.postgres;
  const env = { KAFKA_TOPIC_PARTITIONS: String(PARTITIONS) };
  const deployment = await Deployment.create({ env, infrastructure: { brokers, databaseUrl } });
  const receiver = await TestReceiver.start();
  const receiverNetwork = await NetworkProxy.start({ port: receiver.port });
  const subscribers = await subscribe(deployment, queues, (path) => urlAt(receiverNetwork, path));
  const load = new Load({
    brokers,
    topicPrefix: deployment.topicPrefix,
    partitions: PARTITIONS,
    organizations: subscribers.organizations,
    rate,
    random: new Random(`${seed}/load`),
  });
  const notes: RunNote[] = [];
  const fleet = new Fleet(deployment, servers, (text) => {
    notes.push({ at: Date.now(), queue: null, text });
    tell(text);
  });
  return { servers, deployment, receiver, receiverNetwork, subscribers, fleet, load, notes };
}

const urlAt = ({ port }: NetworkProxy, path = ''): string => `http://127.0.0.1:${port}${path}`;
