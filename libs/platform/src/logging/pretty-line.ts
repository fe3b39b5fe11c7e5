import { visibleJson } from './visible-text.js';

/**
 * Turns one JSON line into one for people: time, level, component, event, then `key=value`.
 * A line that is no JSON object is passed on as it is.
 */
export function prettyLine(json: string): string {
  const fields = parse(json);
  if (fields === undefined) return json;
  const { time, level, component, event, message, ...rest } = fields;
  const clock = String(time).slice(11, 23);
  const facts = Object.entries(rest).map(([name, value]) => `${name}=${text(value)}`);
  const words = [clock, String(level).toUpperCase().padEnd(5), component, event, message]
    .filter((word) => word !== undefined)
    .map((word) => plainText(typeof word === 'string' ? word : JSON.stringify(word)));
  const line = [...words, ...facts].join(' ');
  return `${line}\n`;
}

function parse(json: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/** Anything else could recolour a terminal, or move its cursor. */
const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S}]+$/u;

function text(value: unknown): string {
  const isPlain = typeof value === 'string' && PRINTABLE.test(value) && !/["=]/.test(value);
  return isPlain ? value : visibleJson(JSON.stringify(value));
}

/** As it is, where all of it can be seen; sentences have blanks. */
function plainText(word: string): string {
  return visibleJson(JSON.stringify(word).slice(1, -1)).replaceAll('\\"', '"');
}
