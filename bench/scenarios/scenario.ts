import type { BenchStage } from '../bench-stage.js';

/** One figure of one run. */
export interface Measurement {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
  /** What the machine can do at most, measured in the same run. */
  readonly limit?: { readonly name: string; readonly value: number };
  readonly goal?: Goal;
}

export interface Goal {
  readonly is: 'at least' | 'at most';
  readonly value: number;
}

export interface Scenario {
  readonly name: string;
  /** A few words for `--help`. */
  readonly about: string;
  /** How its figures were come by, below the table. */
  readonly note: string;
  /** It takes so long that it is measured once, however often the others are. */
  readonly once?: true;
  /** It takes so long that it is run only where it is named. */
  readonly onDemand?: true;
  run(stage: BenchStage): Promise<Measurement[]>;
}
