import { FAULT_EFFECTS, type Fault, type FaultEffect } from './fault.js';

/** A time of one queue; milliseconds since the epoch. */
export interface QueueSpan {
  readonly queue: string;
  readonly from: number;
  readonly to: number;
}

/** The faults of a run, and what they may be blamed for. */
export class FaultIndex {
  readonly #faults: readonly Fault[];
  readonly #effects: Readonly<Record<string, FaultEffect>>;
  readonly #queues = new Map<Fault, ReadonlySet<string>>();

  /** @throws Error when a fault is of a kind whose effect nobody has told. */
  constructor(
    faults: readonly Fault[],
    private readonly marginMs: number,
    effects: Readonly<Record<string, FaultEffect>> = {},
  ) {
    this.#effects = { ...FAULT_EFFECTS, ...effects };
    const unknown = faults.find(({ kind }) => this.#effects[kind] === undefined);
    if (unknown) throw new Error(`No effect is known of the fault ${unknown.kind}`);
    // What is over first is blamed first: a later one may be needed for what came later.
    this.#faults = [...faults].sort((a, b) => a.to - b.to);
    for (const fault of faults) if (fault.queues) this.#queues.set(fault, new Set(fault.queues));
  }

  /** Those that went on in the span, give or take the margin, by their ends. */
  during(span: QueueSpan, canCause: (effect: FaultEffect) => boolean): Fault[] {
    return this.#faults.filter((fault) => {
      const effect = this.#effects[fault.kind];
      return (
        fault.from - this.marginMs <= span.to &&
        fault.to + this.marginMs >= span.from &&
        (this.#queues.get(fault)?.has(span.queue) ?? true) &&
        effect !== undefined &&
        canCause(effect)
      );
    });
  }
}
