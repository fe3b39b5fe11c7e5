/** Time as a dependency, so that specs need no fake timers. */
export abstract class Clock {
  abstract now(): Date;
  /** Milliseconds since an arbitrary moment; never jumps, so durations are measured with it. */
  abstract monotonicMs(): number;
}

export const systemClock: Clock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
};
