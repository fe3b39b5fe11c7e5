import { errorFields } from './error-fields.js';
import { redactText } from './redacted-text.js';

const REDACTED = '[redacted]';
const MAX_DEPTH = 4;

/** Compared in lower case without "_" and "-". Fencing tokens are no secrets: `leaseToken` stays. */
const NEVER_LOGGED = new Set([
  'secret',
  'clientsecret',
  'secretskey',
  'token',
  'accesstoken',
  'refreshtoken',
  'password',
  'authorization',
  'proxyauthorization',
  'cookie',
  'setcookie',
  'body',
  'headers',
  'customheaders',
]);

/** Names repeat on every line, so each is judged once. Bounded: names come from code, not data. */
const judged = new Map<string, boolean>();

function isNeverLogged(name: string): boolean {
  let verdict = judged.get(name);
  if (verdict === undefined) {
    verdict = NEVER_LOGGED.has(name.toLowerCase().replaceAll(/[_-]/g, ''));
    if (judged.size < 1_000) judged.set(name, verdict);
  }
  return verdict;
}

/**
 * A copy of the fields that may be written: what has the name of a secret, a body or headers is
 * replaced at any depth, buffers become their length, passwords vanish from URLs.
 */
export function redact(fields: Readonly<Record<string, unknown>>, depth = 1): object {
  const result: Record<string, unknown> = {};
  for (const name of Object.keys(fields)) {
    const value = fields[name];
    if (value === undefined) continue;
    result[name] = isNeverLogged(name) ? REDACTED : redactValue(value, depth);
  }
  return result;
}

function redactValue(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (value instanceof Date) return value;
  if (value instanceof Error) return errorFields(value, false);
  if (depth >= MAX_DEPTH) return '[too deep]';
  if (Array.isArray(value)) return value.map((item) => redactValue(item, depth + 1));
  return redact(value as Record<string, unknown>, depth + 1);
}
