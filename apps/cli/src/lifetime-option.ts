import { InvalidArgumentError } from 'commander';

const UNITS: Readonly<Record<string, number>> = {
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const LONGEST_MS = 3_650 * 86_400_000;

/** How long a token counts, in milliseconds: a number with its unit such as `90d`. */
export function lifetime(text: string): number {
  const [, number = '0', unit = ''] = /^(\d{1,7})([mhd])$/.exec(text) ?? [];
  const ms = Number(number) * (UNITS[unit] ?? Number.NaN);
  if (ms > 0 && ms <= LONGEST_MS) return ms;
  throw new InvalidArgumentError('It is no duration from 1m to 3650d, such as 12h or 90d.');
}
