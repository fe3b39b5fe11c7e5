import type { Random } from '@app/testing';
import type { Stage } from '../world/stage.js';

/** What a fault is given: the installation, how long it lasts, and where its choices come from. */
export interface FaultContext {
  readonly stage: Stage;
  readonly forMs: number;
  readonly random: Random;
}

/** What was done, for the verifier and for people. */
export interface FaultDone {
  readonly detail: string;
  /** Queues that it can have touched; all when not given. */
  readonly queues?: readonly string[];
}

/** Does it, undoes it, and says what it was. What it says is true even where it found nothing to do. */
export type FaultAction = (context: FaultContext) => Promise<FaultDone>;
