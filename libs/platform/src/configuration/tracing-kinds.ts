import { maskUrlPassword } from './database-url-kind.js';
import { type Kind, ValueRefused } from './kind.js';
import { commaSeparated } from './kinds.js';
import { parsedUrl } from './parsed-url.js';

/** Logged at start, so it may hold nothing secret: that belongs into the headers. */
export const collectorUrl: Kind<string> = {
  expected: 'an http or https URL',
  parse(text) {
    const url = parsedUrl(text);
    if (url === undefined || !['https:', 'http:'].includes(url.protocol)) throw new ValueRefused();
    if (url.username !== '' || url.password !== '') {
      throw new ValueRefused('without credentials: they are given as headers');
    }
    if (url.search !== '' || url.hash !== '') throw new ValueRefused('without query and fragment');
    return url.href;
  },
  mask: (text) => (text.includes('@') ? maskUrlPassword(text) : text),
};

const NAME = /^[\w!#$%&'*+.^`|~-]+$/;
/** What Node lets through in a header. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** As OpenTelemetry has it: percent-encoded values, because of the commas. */
export const headerList: Kind<Readonly<Record<string, string>>> = {
  expected: 'name=value, several separated by commas, values percent-encoded',
  parse: (text) => Object.fromEntries(commaSeparated(text).map(header)),
  mask: (text) => `*** (${text.length} characters)`,
};

function header(text: string): [name: string, value: string] {
  const end = text.indexOf('=');
  const name = text.slice(0, Math.max(end, 0)).trim();
  const value = decoded(text.slice(end + 1).trim());
  if (!NAME.test(name) || !VALUE.test(value)) throw new ValueRefused();
  return [name, value];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new ValueRefused('not percent-encoded');
  }
}
