/**
 * Something that the suite did to the installation, and when. The kinds of `FAULT_EFFECTS` are known;
 * a suite may add its own through `VerifierOptions.effects`.
 */
export interface Fault {
  readonly kind: string;
  /** Wall time, milliseconds since the epoch. */
  readonly from: number;
  /** Until its cause was taken away; the same as `from` for what happens at once. */
  readonly to: number;
  /** Queues that it can have touched; all when not given. */
  readonly queues?: readonly string[];
  /** For the reader of the timeline: which replica, which proxy. */
  readonly detail?: string;
  /** Messages of one queue that it may repeat, in place of `VerifierOptions.duplicatesPerFault`. */
  readonly duplicates?: number;
}

/** What a kind of fault can be blamed for. */
export interface FaultEffect {
  /** A message that was answered 2xx is sent again: the outcome was not recorded, or not seen. */
  readonly repeats: boolean;
  /** Two requests of a queue run at once: the sender of the first hangs and still holds it open. */
  readonly overlaps: boolean;
}

/**
 * What the service's promises leave open. A stop in order, a rebalance and an outage of the broker
 * are listed because they are faults that must repeat nothing.
 */
export const FAULT_EFFECTS: Readonly<Record<string, FaultEffect>> = {
  /** SIGKILL. The kernel closes the connections of the dead, so nothing overlaps. */
  crash: { repeats: true, overlaps: false },
  /** SIGSTOP until SIGCONT: its lease runs out while its request is open. */
  pause: { repeats: true, overlaps: true },
  /** SIGTERM. */
  stop: { repeats: false, overlaps: false },
  rebalance: { repeats: false, overlaps: false },
  broker_outage: { repeats: false, overlaps: false },
  /** Of the server, or of one replica's way to it: leases run out before outcomes are recorded. */
  database_outage: { repeats: true, overlaps: false },
  /** Between a replica and a receiver: an answer that was written is not seen. */
  connection_cut: { repeats: true, overlaps: true },
};
