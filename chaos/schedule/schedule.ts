import { Random } from '@app/testing';
import { faultKind, type FaultName, type Resource } from './fault-kinds.js';

export interface PlannedFault {
  readonly kind: FaultName;
  /** Milliseconds from the beginning of the run. */
  readonly at: number;
  readonly forMs: number;
  /** What it draws the rest from: which replica, which receivers, which way. */
  readonly seed: string;
}

export interface ScheduleOptions {
  readonly seed: string;
  readonly durationMs: number;
  /** All that there are, or some. */
  readonly kinds: readonly FaultName[];
}

/** Faults begin so far apart: some at a time, and moments of peace. */
const PAUSE_MS = [300, 3_500] as const;

/** The first one finds the load under way. */
const FIRST_AT_MS = 1_500;

/**
 * What is done in a run, and when: the same for the same seed. Every kind comes once before any comes a second
 * time as far as the time allows; then they are drawn by their weights.
 */
export function scheduleOf({ seed, durationMs, kinds }: ScheduleOptions): PlannedFault[] {
  const random = new Random(seed);
  const weighted = kinds.flatMap((kind) =>
    Array<FaultName>(faultKind(kind).weight ?? 2).fill(kind),
  );
  const first = random.shuffled(kinds);
  const busyUntil = new Map<Resource, number>();
  const planned: PlannedFault[] = [];
  for (let at = FIRST_AT_MS; at < durationMs; at += random.whole(...PAUSE_MS)) {
    const kind = first.pop() ?? random.one(weighted);
    const { needs, shares = [], lasts } = faultKind(kind);
    const forMs = random.whole(...lasts);
    // One that finds what it needs in use waits for it.
    const start = Math.max(
      at,
      ...[...needs, ...shares].map((resource) => busyUntil.get(resource) ?? 0),
    );
    if (start >= durationMs) continue;
    for (const resource of needs) busyUntil.set(resource, start + forMs);
    planned.push({ kind, at: start, forMs, seed: `${seed}/${planned.length}` });
  }
  return planned.sort((a, b) => a.at - b.at);
}
