import type { Goal, Measurement } from '../scenarios/scenario.js';

/** One figure over all runs of its scenario. */
export interface Figure {
  readonly scenario: string;
  readonly name: string;
  readonly unit: string;
  /** The median. */
  readonly value: number;
  readonly least: number;
  readonly most: number;
  readonly values: readonly number[];
  /** The median, too. */
  readonly limit: { readonly name: string; readonly value: number } | undefined;
  readonly goal: (Goal & { readonly met: boolean }) | undefined;
}

/** `runs` are the measurements of one scenario, run by run; each run has the same ones. */
export function figuresOf(scenario: string, runs: readonly Measurement[][]): Figure[] {
  const [first = []] = runs;
  return first.map(({ name, unit, limit, goal }) => {
    const same = runs.flatMap((run) => run.filter((measurement) => measurement.name === name));
    const values = same.map((measurement) => measurement.value);
    const value = median(values);
    return {
      scenario,
      name,
      unit,
      value,
      least: Math.min(...values),
      most: Math.max(...values),
      values,
      limit: limit && { ...limit, value: median(same.flatMap((one) => one.limit?.value ?? [])) },
      goal: goal && { ...goal, met: isMet(value, goal) },
    };
  });
}

function isMet(value: number, { is, value: wanted }: Goal): boolean {
  return is === 'at least' ? value >= wanted : value <= wanted;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}
