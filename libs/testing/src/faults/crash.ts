import type { Deployment } from '../service/deployment.js';
import type { ServiceProcess } from '../service/service-process.js';
import { emptyGroups, removeFromGroups } from './group-membership.js';

/** kill -9. The partitions of the process go to the others at once, as after its session's end. */
export async function crash(deployment: Deployment, service: ServiceProcess): Promise<void> {
  service.kill('SIGKILL');
  await service.exited;
  const { brokers, groupId, replicas } = deployment;
  // Who was killed while it joined has not said its name: where nobody else is there, all members are it.
  if (replicas.every(({ hasExited }) => hasExited)) {
    await emptyGroups(brokers, [groupId, `${groupId}-wakeup`]);
  } else {
    await removeFromGroups(brokers, service);
  }
}

/** Ends what still runs, so that the next test of a deployment starts from nothing. */
export async function crashAll(deployment: Deployment): Promise<void> {
  const running = deployment.replicas.filter((service) => !service.hasExited);
  await Promise.all(running.map((service) => crash(deployment, service)));
}
