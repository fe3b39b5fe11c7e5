import type { ServiceProcess } from '../service-process.js';
import type { Measurement } from './scenario.js';

export const RESIDENT_GOAL = { is: 'at most', value: 350 } as const;

/** The most resident memory that the process ever had; nothing where the machine does not tell. */
export function residentOf(service: ServiceProcess): Measurement[] {
  const resident = service.residentMegabytes();
  if (resident === undefined) return [];
  return [{ name: 'resident, peak', unit: 'MB', value: resident.peak, goal: RESIDENT_GOAL }];
}
