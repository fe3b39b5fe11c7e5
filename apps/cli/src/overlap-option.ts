import { InvalidArgumentError, Option } from 'commander';

const SECOND_MS = 1_000;
const DAY_MS = 86_400_000;

const UNITS: Readonly<Record<string, number>> = {
  s: SECOND_MS,
  m: 60_000,
  h: 3_600_000,
  d: DAY_MS,
};

/**
 * A replica keeps a key for half a minute: one that it read just before a shorter overlap began would
 * go on signing after its end.
 */
const SHORTEST_MS = 30 * SECOND_MS;
const LONGEST_MS = 30 * DAY_MS;

/** How long two secrets count, in milliseconds: 0, or a number with its unit such as `24h`. */
export function overlap(text: string): number {
  const [whole, number = '0', unit = 's'] = /^(?:0|(\d{1,7})([smhd]))$/.exec(text) ?? [];
  const ms = Number(number) * (UNITS[unit] ?? Number.NaN);
  const isInRange = ms === 0 || (ms >= SHORTEST_MS && ms <= LONGEST_MS);
  if (whole !== undefined && isInRange) return ms;
  throw new InvalidArgumentError(
    'It is neither 0 nor a duration from 30s to 30d, such as 15m, 24h or 7d.',
  );
}

/** `--overlap`, a day where nothing else is said. */
export const overlapOption = (about: string): Option =>
  new Option('--overlap <duration>', `${about}: 0, 30s to 30d`)
    .argParser(overlap)
    .default(DAY_MS, '24h');
