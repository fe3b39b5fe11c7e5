/**
 * HEALTHY: the last attempt succeeded (or none was made). BLOCKED: the head failed; new messages are
 * accepted and nothing behind the head is sent. HEALTHY → BLOCKED on a failed attempt; BLOCKED →
 * HEALTHY when the head is delivered or discarded. See docs/STATE_MACHINE.md.
 */
export enum QueueStatus {
  HEALTHY = 'HEALTHY',
  BLOCKED = 'BLOCKED',
}
