const DAY = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)';
const WHOLE_DAY = '(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day';
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const MONTH = `(?<month>${MONTHS.join('|')})`;
const TIME = '(?<hour>\\d{2}):(?<minute>\\d{2}):(?<second>\\d{2})';

/** In the order of RFC 9110 5.6.7: IMF-fixdate, RFC 850, asctime. A recipient must take all three. */
const FORMS = [
  new RegExp(`^${DAY}, (?<day>\\d{2}) ${MONTH} (?<year>\\d{4}) ${TIME} GMT$`),
  new RegExp(`^${WHOLE_DAY}, (?<day>\\d{2})-${MONTH}-(?<year>\\d{2}) ${TIME} GMT$`),
  new RegExp(`^${DAY} ${MONTH} (?<day>\\d{2}| \\d) ${TIME} (?<year>\\d{4})$`),
];

/** An RFC 850 date further ahead than this is one of a century before (RFC 9110 5.6.7). */
const MAX_YEARS_AHEAD = 50;

/**
 * The time that an HTTP-date names, in ms since 1970, or null for anything that is none.
 *
 * `nowMs` decides the century of the form with two digits for the year. The day of the week has to
 * be one, but need not be that of the date: it adds nothing.
 */
export function readHttpDate(text: string, nowMs: number): number | null {
  for (const form of FORMS) {
    const parts = form.exec(text)?.groups;
    if (parts !== undefined) return instantOf(parts, nowMs);
  }
  return null;
}

type Parts = Readonly<Record<string, string>>;

function instantOf(parts: Parts, nowMs: number): number | null {
  const year = Number(parts['year']);
  if (parts['year']?.length === 4) return inYear(year, parts);
  const now = new Date(nowMs);
  const century = now.getUTCFullYear() - (now.getUTCFullYear() % 100);
  const latest = now.setUTCFullYear(now.getUTCFullYear() + MAX_YEARS_AHEAD);
  for (const start of [century + 100, century, century - 100]) {
    const instant = inYear(start + year, parts);
    if (instant !== null && instant <= latest) return instant;
  }
  return null;
}

/** Null for a day or an hour that does not exist; second 60 is a leap second. */
function inYear(year: number, parts: Parts): number | null {
  const month = MONTHS.indexOf(parts['month'] ?? '');
  const [day, hour, minute, second] = ['day', 'hour', 'minute', 'second'].map((name) =>
    Number(parts[name]),
  ) as [number, number, number, number];
  if (hour > 23 || minute > 59 || second > 60) return null;
  const date = new Date(0);
  // Not Date.UTC, which takes the years 0 to 99 for those of the 20th century.
  date.setUTCFullYear(year, month, day);
  if (date.getUTCMonth() !== month || date.getUTCDate() !== day) return null;
  return date.setUTCHours(hour, minute, second);
}
