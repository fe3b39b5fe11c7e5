import { InvalidArgumentError } from 'commander';

const UNITS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const LONGEST_MS = 3_650 * 86_400_000;

/** A number with its unit such as `90d`, in milliseconds. */
export function milliseconds(text: string): number {
  const [, number = '0', unit = ''] = /^(\d{1,7})([smhd])$/.exec(text) ?? [];
  const ms = Number(number) * (UNITS[unit] ?? Number.NaN);
  if (ms > 0 && ms <= LONGEST_MS) return ms;
  throw new InvalidArgumentError('It is no duration from 1s to 3650d, such as 30m, 12h or 90d.');
}

export const seconds = (text: string): number => milliseconds(text) / 1_000;
