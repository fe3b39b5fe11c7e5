import type { Deployment } from '../service/deployment.js';
import type { ServiceProcess } from '../service/service-process.js';
import { removeFromGroups } from './group-membership.js';

/** kill -9. The partitions of the process go to the others at once, as after its session's end. */
export async function crash(deployment: Deployment, service: ServiceProcess): Promise<void> {
  service.kill('SIGKILL');
  await service.exited;
  await removeFromGroups(deployment.brokers, service);
}

/** Ends what still runs, so that the next test of a deployment starts from nothing. */
export async function crashAll(deployment: Deployment): Promise<void> {
  const running = deployment.replicas.filter((service) => !service.hasExited);
  await Promise.all(running.map((service) => crash(deployment, service)));
}
