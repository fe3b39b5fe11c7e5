import type { ServiceProcess } from './service-process.js';

const services = new Set<ServiceProcess>();

/** The services of this worker, so that the report of a failed test can quote their logs. */
export const runningServices = {
  add(service: ServiceProcess): void {
    services.add(service);
  },

  /** At the start of a test: what ended in an earlier one has nothing to say about this one. */
  forgetEnded(): void {
    for (const service of services) if (service.hasExited) services.delete(service);
  },

  tails(): string[] {
    return [...services].map((service) => `service ${service.pid}: ${service.log.tail()}`);
  },
};
