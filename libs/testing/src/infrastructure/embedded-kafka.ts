import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './free-port.js';
import { KAFKA_VERSION, locateKafka, type KafkaProgram } from './kafka-jars.js';
import type { KafkaCluster, KafkaServer, Log } from './local-server.interface.js';
import { isThrowAway, throwAwayDirectory } from './project-directories.js';
import { ServerProcess, startOrDispose } from './server-process.js';
import { metadataAnswered } from './server-probes.js';

export interface EmbeddedKafkaOptions {
  log?: Log;
  /** Where its data and log go. Kept when given; without it a fresh one is made and thrown away. */
  directory?: string;
  /** Taken when free, another one otherwise. */
  port?: number;
  /** Full optimisation by the JVM: slower to start, faster afterwards. For measurements. */
  optimised?: boolean;
  /** A second listener, for clients that have to prove who they are. */
  secured?: SecuredListener;
  /** Another one, for clients that come through a relay. */
  relayed?: RelayedListener;
  /** Becomes the second broker of another one's cluster, and holds nothing until it is given something. */
  joins?: KafkaCluster;
}

/** SASL over TLS on 127.0.0.1, beside the plain listener. */
export interface SecuredListener {
  port: number;
  /** Of the broker's configuration; the listener's name in them is `secured`. */
  properties: Record<string, string>;
  /** For the tool that formats the data directory: what must be known before the first start. */
  formatOptions: string[];
}

/** A plain listener on 127.0.0.1 that clients are told to call at another port, where the relay listens. */
export interface RelayedListener {
  port: number;
  relayPort: number;
}

const READY_TIMEOUT_MS = 60_000;
/** A single node has nobody to hand its partitions to; an orderly stop takes 1 to 2 s. */
const STOP_PATIENCE_MS = 15_000;

/**
 * One Apache Kafka node (KRaft) on 127.0.0.1.
 * @throws UnavailableError when Java or Maven is missing, ServerStartError when it does not come up.
 */
export async function startEmbeddedKafka(options: EmbeddedKafkaOptions = {}): Promise<KafkaServer> {
  const program = await locateKafka(options.log ?? (() => {}));
  const directory = options.directory ?? throwAwayDirectory();
  mkdirSync(directory, { recursive: true });
  const port = await freePort(options.port);
  const properties = join(directory, 'server.properties');
  const data = join(directory, 'data');
  const { secured, relayed, joins } = options;
  const controllerPort = joins?.controllerPort ?? (await freePort());
  let settings = serverProperties(port, controllerPort, data);
  if (joins) settings = asSecondBroker(settings, port);
  if (secured) settings = withSecuredListener(settings, port, secured);
  if (relayed) settings = withRelayedListener(settings, port, relayed);
  writeFileSync(properties, settings);
  const meta = join(data, 'meta.properties');
  if (!existsSync(meta)) {
    const id = joins?.id ?? drawClusterId();
    await format(program, properties, ['-t', id, ...(secured?.formatOptions ?? [])]);
  }
  const id = /^cluster\.id=(.*)$/m.exec(readFileSync(meta, 'utf8'))?.[1] ?? '';

  const broker = `127.0.0.1:${port}`;
  const server = new ServerProcess({
    description: `Apache Kafka ${KAFKA_VERSION} (embedded)`,
    port,
    file: program.java,
    args: javaArguments(program, properties, options.optimised ?? false),
    logFile: join(directory, 'kafka.log'),
    stopSignals: [['SIGTERM', STOP_PATIENCE_MS]],
    abandonSignal: 'SIGKILL',
    relaunches: 1,
    ...(isThrowAway(directory) && { throwAway: directory }),
    probe: () => metadataAnswered([broker]),
    readyTimeoutMs: READY_TIMEOUT_MS,
    spawnOptions: { cwd: directory },
  });
  await startOrDispose(server);
  return Object.assign(server, { brokers: [broker], cluster: { id, controllerPort } });
}

/**
 * The broker session: a broker that was killed may register again only when its old session is over,
 * 9 s by default. Topics are the service's to create, as in production.
 */
function serverProperties(port: number, controllerPort: number, data: string): string {
  return `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${controllerPort}
listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}
advertised.listeners=PLAINTEXT://127.0.0.1:${port}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs=${data}
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
broker.session.timeout.ms=4000
broker.heartbeat.interval.ms=1000
auto.create.topics.enable=false
`;
}

/** In a properties file the last word counts, and a line break within a value is written as `\\n`. */
function withSecuredListener(settings: string, port: number, secured: SecuredListener): string {
  const controller = /CONTROLLER:\/\/[^,\s]+/.exec(settings)?.[0] ?? '';
  const listeners = [`PLAINTEXT://127.0.0.1:${port}`, `SECURED://127.0.0.1:${secured.port}`];
  const more = {
    listeners: [...listeners, controller].join(','),
    'advertised.listeners': listeners.join(','),
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SECURED:SASL_SSL',
    ...secured.properties,
  };
  const lines = Object.entries(more).map(
    ([name, value]) => `${name}=${value.replaceAll('\n', '\\n')}\n`,
  );
  return `${settings}${lines.join('')}`;
}

function withRelayedListener(settings: string, port: number, relayed: RelayedListener): string {
  const controller = settings.includes('process.roles=broker\n')
    ? ''
    : `,${/CONTROLLER:\/\/[^,\s]+/.exec(settings)?.[0] ?? ''}`;
  const plain = `PLAINTEXT://127.0.0.1:${port}`;
  return `${settings}listeners=${plain},RELAYED://127.0.0.1:${relayed.port}${controller}
advertised.listeners=${plain},RELAYED://127.0.0.1:${relayed.relayPort}
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,RELAYED:PLAINTEXT
`;
}

/** Controllers stay where they are. */
function asSecondBroker(settings: string, port: number): string {
  return `${settings}process.roles=broker
node.id=2
listeners=PLAINTEXT://127.0.0.1:${port}
`;
}

function javaArguments(program: KafkaProgram, properties: string, optimised: boolean): string[] {
  const memory = ['-Xmx512m', '-XX:+UseSerialGC'];
  // The first compiler alone brings a broker up in about half the time.
  const compiler = optimised ? [] : ['-XX:TieredStopAtLevel=1'];
  return [...memory, ...compiler, '-cp', program.classPath, 'kafka.Kafka', properties];
}

async function format(program: KafkaProgram, properties: string, options: string[]): Promise<void> {
  const command = ['format', '-c', properties, ...options];
  const tool = ['kafka.tools.StorageTool', ...command];
  const java = ['-XX:TieredStopAtLevel=1', '-cp', program.classPath];
  await promisify(execFile)(program.java, [...java, ...tool]);
}

/** A UUID in base64url. The tool takes a leading `-` for the next option, so that one is drawn again. */
export function drawClusterId(draw: (bytes: number) => Buffer = randomBytes): string {
  for (;;) {
    const id = draw(16).toString('base64url');
    if (!id.startsWith('-')) return id;
  }
}
