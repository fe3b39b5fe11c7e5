import type { ConfigurationFault } from './configuration.errors.js';
import type { ValuesOf } from './variable.js';
import type { VARIABLES, VariableName } from './variables.js';

export type Values = ValuesOf<typeof VARIABLES>;
type Given = ReadonlySet<string>;

/** Left of a lease when an attempt has timed out: time to record the outcome in the database. */
export const LEASE_MARGIN_MS = 5_000;

/**
 * A default gives way to a value that was given, so that setting one of a pair is never a fault:
 * a timeout of 60 s alone raises the lease to 65 s.
 */
export function reconcileDefaults(values: Partial<Values>, given: Given): Partial<Values> {
  const timeout = values.DELIVERY_TIMEOUT_MS ?? 0;
  const all = values.DELIVERY_CONCURRENCY;
  const perOrigin = values.DELIVERY_CONCURRENCY_PER_ORIGIN;
  const min = values.RECOVERY_BACKOFF_MIN_MS;
  const max = values.RECOVERY_BACKOFF_MAX_MS;
  const result: { -readonly [Name in keyof Values]?: Values[Name] } = { ...values };
  const lease = values.DELIVERY_LEASE_MS;
  if (lease !== undefined && !given.has('DELIVERY_LEASE_MS')) {
    result.DELIVERY_LEASE_MS = Math.max(lease, timeout + LEASE_MARGIN_MS);
  }
  if (all !== undefined && perOrigin !== undefined) {
    if (!given.has('DELIVERY_CONCURRENCY_PER_ORIGIN')) {
      result.DELIVERY_CONCURRENCY_PER_ORIGIN = Math.min(perOrigin, all);
    } else if (!given.has('DELIVERY_CONCURRENCY')) {
      result.DELIVERY_CONCURRENCY = Math.max(perOrigin, all);
    }
  }
  if (min !== undefined && max !== undefined) {
    if (!given.has('RECOVERY_BACKOFF_MAX_MS')) result.RECOVERY_BACKOFF_MAX_MS = Math.max(min, max);
    else if (!given.has('RECOVERY_BACKOFF_MIN_MS')) {
      result.RECOVERY_BACKOFF_MIN_MS = Math.min(min, max);
    }
  }
  return result;
}

/** Faults that no variable has alone. A rule holds its peace where one of its values is missing. */
export function crossFaults(values: Partial<Values>, given: Given): ConfigurationFault[] {
  return [
    ...deliveryFaults(values),
    ...kafkaFaults(values),
    ...databaseFaults(values, given),
    ...noticeFaults(values, given),
    ...operatorFaults(values),
  ];
}

/** Combinations that work but probably are not what was meant. */
export function crossWarnings(values: Partial<Values>, given: Given): string[] {
  const warnings: string[] = [];
  const { SHUTDOWN_GRACE_MS: grace, DELIVERY_TIMEOUT_MS: timeout } = values;
  const connect = values.DELIVERY_CONNECT_TIMEOUT_MS;
  if (given.has('DELIVERY_CONNECT_TIMEOUT_MS') && timeout !== undefined && connect !== undefined) {
    if (connect > timeout) {
      warnings.push(
        `DELIVERY_CONNECT_TIMEOUT_MS (${connect}) is longer than DELIVERY_TIMEOUT_MS (${timeout}), ` +
          'which ends the attempt before.',
      );
    }
  }
  if (grace !== undefined && timeout !== undefined && grace <= timeout) {
    warnings.push(
      `SHUTDOWN_GRACE_MS (${grace}) is not longer than DELIVERY_TIMEOUT_MS (${timeout}): ` +
        'a shutdown may cut off an attempt, which is then repeated.',
    );
  }
  if (values.DELIVERY_PROXY_RESOLVES === true && values.DELIVERY_PROXY_URL === undefined) {
    warnings.push('DELIVERY_PROXY_RESOLVES means nothing without DELIVERY_PROXY_URL.');
  }
  if (values.KAFKA_SASL_MECHANISM === 'plain' && values.KAFKA_SSL === false) {
    warnings.push('KAFKA_SASL_MECHANISM=plain without KAFKA_SSL sends the password in the clear.');
  }
  return warnings;
}

function deliveryFaults(values: Partial<Values>): ConfigurationFault[] {
  const timeout = values.DELIVERY_TIMEOUT_MS;
  return [
    ...bounded('DELIVERY_LEASE_MS', values.DELIVERY_LEASE_MS, {
      atLeast: timeout === undefined ? undefined : timeout + LEASE_MARGIN_MS,
      meaning: `DELIVERY_TIMEOUT_MS + ${LEASE_MARGIN_MS}`,
    }),
    ...bounded('DELIVERY_CONCURRENCY_PER_ORIGIN', values.DELIVERY_CONCURRENCY_PER_ORIGIN, {
      atMost: values.DELIVERY_CONCURRENCY,
      meaning: 'DELIVERY_CONCURRENCY',
    }),
    ...bounded('RECOVERY_BACKOFF_MAX_MS', values.RECOVERY_BACKOFF_MAX_MS, {
      atLeast: values.RECOVERY_BACKOFF_MIN_MS,
      meaning: 'RECOVERY_BACKOFF_MIN_MS',
    }),
  ];
}

interface Bound {
  readonly atLeast?: number | undefined;
  readonly atMost?: number | undefined;
  readonly meaning: string;
}

function bounded(
  name: VariableName,
  value: number | undefined,
  bound: Bound,
): ConfigurationFault[] {
  const { atLeast = -Infinity, atMost = Infinity, meaning } = bound;
  if (value === undefined || (value >= atLeast && value <= atMost)) return [];
  const expected = value < atLeast ? `at least ${atLeast}` : `at most ${atMost}`;
  return [{ name, value: String(value), expected: `${expected} (${meaning})` }];
}

function kafkaFaults(values: Partial<Values>): ConfigurationFault[] {
  const faults: ConfigurationFault[] = [];
  const mechanism = values.KAFKA_SASL_MECHANISM;
  for (const name of ['KAFKA_SASL_USERNAME', 'KAFKA_SASL_PASSWORD'] as const) {
    if (mechanism !== undefined && values[name] === undefined) {
      faults.push({ name, value: undefined, expected: 'a value, as KAFKA_SASL_MECHANISM is set' });
    }
  }
  const credentials = values.KAFKA_SASL_USERNAME ?? values.KAFKA_SASL_PASSWORD;
  if (mechanism === undefined && credentials !== undefined) {
    const expected = 'a mechanism, as KAFKA_SASL_USERNAME or KAFKA_SASL_PASSWORD is set';
    faults.push({ name: 'KAFKA_SASL_MECHANISM', value: undefined, expected });
  }
  // Whoever names an authority believes that the connection is encrypted.
  if (values.KAFKA_SSL_CA_FILE !== undefined && values.KAFKA_SSL === false) {
    faults.push({ name: 'KAFKA_SSL', value: 'false', expected: 'true with KAFKA_SSL_CA_FILE' });
  }
  return faults;
}

function databaseFaults(values: Partial<Values>, given: Given): ConfigurationFault[] {
  const faults: ConfigurationFault[] = [];
  const ofUrl = values.DATABASE_URL?.sslMode;
  const mode = values.DATABASE_SSL;
  if (given.has('DATABASE_SSL') && mode !== undefined && ofUrl !== undefined && mode !== ofUrl) {
    const expected = `${ofUrl}, the sslmode of DATABASE_URL, or none there`;
    faults.push({ name: 'DATABASE_SSL', value: mode, expected });
  }
  const effective = ofUrl ?? mode;
  if (values.DATABASE_SSL_CA_FILE !== undefined && effective !== 'verify-full') {
    const expected = 'verify-full with DATABASE_SSL_CA_FILE: no other mode asks who answers';
    faults.push({ name: 'DATABASE_SSL', value: effective, expected });
  }
  return faults;
}

/** `given`, because one that was refused is a fault already. */
function noticeFaults(values: Partial<Values>, given: Given): ConfigurationFault[] {
  const faults: ConfigurationFault[] = [];
  const [url, key] = ['OPERATOR_WEBHOOK_URL', 'OPERATOR_WEBHOOK_SECRET'] as const;
  if (given.has(url) && !given.has(key)) {
    faults.push({ name: key, value: undefined, expected: `a value, as ${url} is set` });
  }
  if (given.has(key) && !given.has(url)) {
    faults.push({ name: url, value: undefined, expected: `a value, as ${key} is set` });
  }
  const called = values[url] === undefined ? undefined : new URL(values[url]);
  if (called?.protocol === 'http:' && values.DELIVERY_ALLOW_HTTP === false) {
    const expected = 'an https URL, or http with DELIVERY_ALLOW_HTTP';
    faults.push({ name: url, value: called.origin, expected });
  }
  return faults;
}

/** A token alone would be of no use, and the command would change another database than was meant. */
function operatorFaults(values: Partial<Values>): ConfigurationFault[] {
  const { OPERATOR_API_URL: url, OPERATOR_TOKEN: token } = values;
  if ((url === undefined) === (token === undefined)) return [];
  const [missing, given] =
    url === undefined
      ? (['OPERATOR_API_URL', 'OPERATOR_TOKEN'] as const)
      : (['OPERATOR_TOKEN', 'OPERATOR_API_URL'] as const);
  return [{ name: missing, value: undefined, expected: `a value, as ${given} is set` }];
}
