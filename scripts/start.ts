import { once } from 'node:events';
import { join } from 'node:path';
import {
  type ApiConfiguration,
  type Configuration,
  ConfigurationError,
  loadConfiguration,
} from '@app/platform';
import {
  ensureDatabase,
  projectRoot,
  resolveInfrastructure,
  type Infrastructure,
} from '@app/testing/infrastructure';
import { choosePorts, portFaults, portVariables } from './starting/chosen-ports.js';
import { healthOf, readyMessage } from './starting/ready-message.js';
import { StartedProgram } from './starting/started-program.js';

/** The one that `npm run cli` looks for, too. */
const DATABASE = 'happycolis';
/** What a program may take beyond its own grace period before it is ended by force. */
const EXTRA_GRACE_MS = 5_000;

interface Configurations {
  readonly processor: Configuration;
  readonly api: ApiConfiguration;
}

const log = (line: string): void => void process.stderr.write(`${line}\n`);
const ports = await choosePorts(process.env);

process.exit(await start());

/** Resolves with the exit code: 0 after a signal that was obeyed, else that of the program which ended. */
async function start(): Promise<number> {
  // Later signals are ignored: the first one is being obeyed, within the grace period.
  const interrupted = Promise.race(
    ['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => once(process, signal)),
  ).then(() => ignoreSignals());
  const faults = await portFaults(ports);
  faults.forEach(log);
  if (faults.length > 0) return 1;
  const resolving = resolveInfrastructure({ purpose: 'start', log });
  const infrastructure = await Promise.race([resolving, interrupted]).catch(refused);
  // The supervisors notice that their user is gone, and end what they had begun.
  if (!infrastructure) return process.exitCode === 1 ? 1 : 0;
  log(infrastructure.describe);
  try {
    return await serve(infrastructure, interrupted);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    log(error.message);
    return 1;
  } finally {
    await infrastructure.stop();
  }
}

function ignoreSignals(): undefined {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});
  return undefined;
}

function refused(error: Error): undefined {
  log(error.message);
  process.exitCode = 1;
}

/** Both programs, until one ends, a server is lost, or the user has enough; then neither is left. */
async function serve(
  infrastructure: Infrastructure,
  interrupted: Promise<undefined>,
): Promise<number> {
  const environment = {
    ...process.env,
    ...portVariables(ports),
    KAFKA_BROKERS: infrastructure.brokers.join(','),
    DATABASE_URL:
      process.env.DATABASE_URL ?? (await ensureDatabase(infrastructure.databaseUrl, DATABASE)),
  };
  // Here already, so that what is wrong for both is not told by both.
  const configurations: Configurations = {
    processor: loadConfiguration(environment),
    api: loadConfiguration(environment, { for: 'api' }),
  };
  const processor = started('the processor', 'notification-processor', environment);
  const api = started('the subscriptions API', 'subscriptions-api', environment);
  const lost = new Promise<number>((resolve) => {
    infrastructure.onLost((reason) => {
      log(`${reason}; the service is stopped`);
      resolve(1);
    });
  });
  void announce(processor, api, configurations);
  const ended = Promise.race([api, processor].map((program) => program.ended.then(() => program)));
  const reason = await Promise.race([ended, lost, interrupted]);
  // Nobody told it to: whatever its exit code, the service is not whole any more.
  if (reason instanceof StartedProgram) log(`${reason.name} has ended by itself (${reason.end})`);
  const graceMs = configurations.processor.lifecycle.shutdownGraceMs + EXTRA_GRACE_MS;
  const codes = await Promise.all([api.stop(graceMs), processor.stop(graceMs)]);
  if (reason instanceof StartedProgram) return (await reason.ended) || 1;
  return reason ?? Math.max(...codes);
}

function started(name: string, app: string, environment: NodeJS.ProcessEnv): StartedProgram {
  const file = join(projectRoot(), 'dist', 'apps', app, 'src', 'main.js');
  return new StartedProgram({ name, file, environment });
}

async function announce(
  processor: StartedProgram,
  api: StartedProgram,
  configurations: Configurations,
): Promise<void> {
  const answers = await Promise.all([
    processor.ready(healthOf(configurations.processor.ports.processor)),
    api.ready(healthOf(configurations.api.api.port)),
  ]);
  if (answers.every(Boolean)) log(readyMessage(configurations.api, configurations.processor));
}
