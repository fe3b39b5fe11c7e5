import { describe, expect, it } from 'vitest';
import { editDistance, unknownVariables } from './unknown-variables.js';

const KNOWN = ['KAFKA_BROKERS', 'DATABASE_URL', 'DELIVERY_TIMEOUT_MS', 'ROLES', 'API_PORT'];
const warningsFor = (...names: string[]) =>
  unknownVariables(Object.fromEntries(names.map((name) => [name, 'x'])), KNOWN);

describe('unknownVariables', () => {
  it('suggests the nearest name, also for a misspelt prefix', () => {
    expect(warningsFor('DATABSE_URL', 'DELIVERY_TIMEOUT_SM', 'kafka_brokers')).toEqual([
      expect.stringContaining('did you mean DATABASE_URL?'),
      expect.stringContaining('did you mean DELIVERY_TIMEOUT_MS?'),
      expect.stringContaining('did you mean KAFKA_BROKERS?'),
    ]);
  });

  it('reports a stranger under a prefix of its own', () => {
    expect(warningsFor('KAFKA_COMPRESSION')).toEqual([
      'KAFKA_COMPRESSION is not a variable of this service and has no effect.',
    ]);
  });

  it('says nothing of its own names, of other programs and of Kubernetes Service links', () => {
    expect(warningsFor(...KNOWN, 'PATH', 'LOG_DIR', 'NODE_ENV', 'HOLDER')).toEqual([]);
    expect(
      warningsFor('KAFKA_SERVICE_HOST', 'KAFKA_SERVICE_PORT_TCP', 'KAFKA_PORT_9092_TCP_ADDR'),
    ).toEqual([]);
  });

  it('counts a swap of neighbours as one slip', () => {
    expect(editDistance('abcd', 'abdc')).toBe(1);
    expect(editDistance('abcd', 'xbc')).toBe(2);
    expect(editDistance('', 'abc')).toBe(3);
  });
});
