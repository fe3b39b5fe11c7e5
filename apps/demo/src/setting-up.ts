import { loadConfiguration, type Configuration } from '@app/platform';
import type { Cleanup } from './cleanup.js';
import { DemoDatabaseStore } from './demo-database.store.js';
import type { DemoHost, RunningServers } from './demo-host.interface.js';
import type { DemoOptions } from './demo-options.js';
import { DemoReceiver } from './demo-receiver.js';
import { childEnvironment, settingsOf, type DemoRun } from './demo-run.js';
import { showReceipt } from './delivery-line.js';
import type { Endpoint } from './endpoint.js';
import { OperatorCommands } from './operator-commands.js';
import type { Output } from './output.js';
import { Patience } from './patience.js';
import type { Environment } from './process-environment.js';
import { RecordPublisher } from './record-publisher.js';
import { register } from './registration.js';
import type { Stage } from './scenario/step.js';
import type { ServiceLog } from './service-log.js';
import { startPrograms, type Addresses } from './starting-programs.js';
import { SubscriptionsApi } from './subscriptions-api.js';

/** What there is so far, for whoever has to explain a failure. */
export interface Progress {
  /** In the order of starting. */
  readonly logs: ServiceLog[];
  operator?: OperatorCommands;
}

export interface Surroundings {
  readonly options: DemoOptions;
  readonly host: DemoHost;
  readonly run: DemoRun;
  readonly output: Output;
  readonly cleanup: Cleanup;
  /** Aborted by the user, or by {@link lose}. */
  readonly signal: AbortSignal;
  readonly lose: (reason: string) => void;
  readonly progress: Progress;
}

export interface Readied {
  readonly stage: Stage;
  readonly settings: Environment;
  readonly addresses: Addresses;
}

/** Everything that the steps need, with a duty in `cleanup` for each thing before it is made. */
export async function setUp(around: Surroundings): Promise<Readied> {
  const { output, host, run } = around;
  output.heading('Kafka and PostgreSQL');
  const servers = await findServers(around);
  const settings = settingsOf(run, servers, host.environment);
  const configuration = loadConfiguration(settings);
  await makeDatabase(around, configuration, servers);

  output.heading('The service: processor and subscriptions API');
  const receiver = makeReceiver(around);
  const patience = patienceOf(around, receiver);
  const { processor, addresses } = await startPrograms(around, configuration, settings, patience);

  output.heading('An application, installed by an operator; webhooks, registered by its developer');
  const operator = commandLine(around, settings);
  const api = apiOf(around, addresses.api);
  around.cleanup.add('close the receiver', () => receiver.close());
  const receiverUrl = `http://127.0.0.1:${await receiver.listen(0, '127.0.0.1')}`;
  const open = (endpoint: Endpoint): void => receiver.open(asSpoilt(around.options, endpoint));
  const { signal } = around;
  const registration = await register({ operator, api, receiverUrl, signal, open });

  const publisher = new RecordPublisher(configuration.kafka, run.id);
  around.cleanup.add('disconnect the producer', () => publisher.disconnect());
  await publisher.connect();
  const killService = around.options.spoil === 'service' ? () => processor.kill() : undefined;
  const parts = { registration, receiver, receiverUrl, publisher, operator, api };
  return { stage: { ...parts, output, patience, signal, killService }, settings, addresses };
}

/** Servers that are still starting when the user has enough end with this process. */
async function findServers({
  host,
  output,
  cleanup,
  signal,
  lose,
}: Surroundings): Promise<RunningServers> {
  const resolving = host.resolveServers((line) => output.note(line));
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
  // When the user ends it later, nobody waits for this any more.
  aborted.catch(() => undefined);
  const servers = await Promise.race([resolving, aborted]);
  cleanup.add('stop Kafka and PostgreSQL', () => servers.stop(), 30_000);
  servers.onLost(lose);
  output.note(servers.describe);
  return servers;
}

async function makeDatabase(
  { run, output, cleanup }: Surroundings,
  { database }: Configuration,
  { databaseUrl }: RunningServers,
): Promise<void> {
  const server = { url: databaseUrl, ssl: database.ssl };
  const store = new DemoDatabaseStore(server, run.databaseName);
  cleanup.add(`drop the database ${run.databaseName}`, () => store.drop());
  await store.create();
  output.note(`for this run: database ${run.databaseName}, topics ${run.topicPrefix}*`);
}

function makeReceiver({ options: { spoil }, output }: Surroundings): DemoReceiver {
  return new DemoReceiver({
    onReceipt: (receipt) => showReceipt(output, receipt),
    takesForgeries: spoil === 'forgery',
    losesOrder: spoil === 'order',
  });
}

function patienceOf({ output, signal }: Surroundings, receiver: DemoReceiver): Patience {
  return new Patience({ output, signal, finding: () => receiver.firstFinding() });
}

function commandLine(
  { host, output, progress }: Surroundings,
  settings: Environment,
): OperatorCommands {
  return (progress.operator = new OperatorCommands({
    environment: childEnvironment(settings, host.environment),
    onCommand: (command) => output.note(output.paint('cyan', `$ ${command}`)),
  }));
}

function apiOf({ output, signal }: Surroundings, url: string): SubscriptionsApi {
  const onCall = (line: string): void => output.note(output.paint('cyan', line));
  return new SubscriptionsApi({ url, signal, onCall });
}

function asSpoilt({ spoil }: DemoOptions, endpoint: Endpoint): Endpoint {
  return spoil === 'secret' ? { ...endpoint, clientSecret: 'another' } : endpoint;
}
