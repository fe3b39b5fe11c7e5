/** What the promises rest on; each can be taken out of the model. */
export const PROTECTIONS = {
  fencing: 'an outcome counts only with the current token',
  leaseGuard: 'a request begins only where enough of the lease is left, by the monotonic clock',
  lease: 'a queue is claimed only where nobody holds it',
  rowLock: 'positions are given under the lock of the queue’s row',
  commitBeforeOffset: 'an offset is committed only after its record is stored',
  messageIds: 'a record has the same message id however often it comes',
  sweeper: 'queues with work are found without a wake-up',
  databaseClock: 'leases are measured by the clock of the database, not by those of the workers',
  aheadLimit: 'only so many requests begin before an earlier outcome is recorded',
} as const;

export type Protection = keyof typeof PROTECTIONS;

export const PROTECTION_NAMES = Object.keys(PROTECTIONS) as Protection[];

export type Protections = ReadonlySet<Protection>;

export const ALL_PROTECTIONS: Protections = new Set(PROTECTION_NAMES);

export const without = (protection: Protection): Protections =>
  new Set(PROTECTION_NAMES.filter((name) => name !== protection));
