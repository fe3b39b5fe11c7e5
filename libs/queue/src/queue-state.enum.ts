/** READY: nobody holds the lease. LOCKED: a message is in flight. Derived from the lease, never stored. */
export enum QueueState {
  READY = 'READY',
  LOCKED = 'LOCKED',
}
