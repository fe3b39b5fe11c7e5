import type { Configuration } from '@app/platform';
import { childEnvironment } from './demo-run.js';
import { removeTopicsAndGroups } from './demo-topics.js';
import type { Patience } from './patience.js';
import type { Environment } from './process-environment.js';
import { ServiceLog } from './service-log.js';
import { HEALTH_PATH, ServiceProcess, type ServiceProgram } from './service-process.js';
import type { Surroundings } from './setting-up.js';

/** Where the programs listen, without a path. */
export interface Addresses {
  readonly processor: string;
  readonly api: string;
}

export interface Programs {
  readonly processor: ServiceProcess;
  readonly addresses: Addresses;
}

/** Both at once: whichever comes first migrates the database, the other waits for it. */
export async function startPrograms(
  around: Surroundings,
  { kafka }: Configuration,
  settings: Environment,
  patience: Patience,
): Promise<Programs> {
  const { run, output, cleanup } = around;
  cleanup.add(`delete the topics ${run.topicPrefix}*`, () => removeTopicsAndGroups(kafka), 20_000);
  const processor = start(around, settings, 'notification-processor', run.logFile);
  const api = start(around, settings, 'subscriptions-api', run.apiLogFile);
  const addresses = {
    processor: await processor.ready(patience),
    api: await api.ready(patience),
  };
  output.note(`consumes and delivers: ${addresses.processor}${HEALTH_PATH}`);
  output.note(`takes registrations:   ${addresses.api}/graphql`);
  return { processor, addresses };
}

function start(
  { host, output, cleanup, lose, progress }: Surroundings,
  settings: Environment,
  program: ServiceProgram,
  logFile: string,
): ServiceProcess {
  const log = new ServiceLog(logFile);
  progress.logs.push(log);
  const environment = childEnvironment(settings, host.environment);
  const { guard } = host;
  const service = new ServiceProcess({ program, environment, log, guard, onLost: lose });
  output.note(`log of ${service.name}: ${log.path}`);
  cleanup.add(`stop ${service.name}`, async () => {
    const how = await service.stop();
    // SIGTERM itself ends a program that has only begun; a loss has been reported already.
    if (service.wasLost || how === 'exit code 0' || how === 'SIGTERM') return;
    throw new Error(`it ended with ${how}`);
  });
  return service;
}
