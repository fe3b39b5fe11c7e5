import { describe, expect, it } from 'vitest';
import { CATALOGUE, DEAD_LETTER_REASONS, type DeadLetter, type FormattedEvent } from '@app/events';
import { recordOf } from '../test/record.js';
import { FormatterRegistry } from './formatter.registry.js';

const MAX_BYTES = 256;
const ROUNDS = 6_000;
/** Written in every failure. A case is fully determined by it and its round. */
const SEED = 20_240_315;

/** mulberry32: 32 bits of state, the same numbers on every machine. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * below;
  };
}

type Random = (below: number) => number;

const pick = <Item>(items: readonly Item[], random: Random): Item => {
  const item = items[Math.floor(random(items.length))];
  if (item === undefined) throw new Error('Nothing to pick from.');
  return item;
};

const NAMES = ['organizationId', 'locationId', 'id', '__proto__', 'variant', 'product', 'o1'];
const SCALARS = 'null true 12345678901234567890 10.00 1e999 {} [] é 😀 \ufeff \\u0000 \\ud800';

const FRAGMENTS = [
  ...'{}[],: \n"\\-'.split(''),
  ...SCALARS.split(' '),
  ...NAMES.map((name) => `"${name}"`),
  '"organizationId":"o1"',
];

const GOOD =
  '{"id":"l1","locationId":"l1","organizationId":"o1","variant":{"organizationId":"o1"}}';

const KINDS: ReadonlyArray<(random: Random) => Buffer> = [
  (random) => Buffer.from(Array.from({ length: random(MAX_BYTES * 1.2) }, () => random(256))),
  (random) =>
    Buffer.from(Array.from({ length: random(40) }, () => pick(FRAGMENTS, random)).join('')),
  (random) => {
    const bytes = Buffer.from(GOOD);
    for (let change = random(3); change > 0; change -= 1)
      bytes[Math.floor(random(bytes.length))] = random(256);
    return bytes;
  },
  (random) => Buffer.from(GOOD).subarray(0, random(GOOD.length + 1)),
  (random) =>
    Buffer.from(
      `{"organizationId":${pick(FRAGMENTS, random)},"locationId":${pick(FRAGMENTS, random)}}`,
    ),
];

/** Both families of formatters meet as many records, although one has 53 types and the other 4. */
const FAMILIES = [
  CATALOGUE.filter((row) => row.organizationPath.by === 'body'),
  CATALOGUE.filter((row) => row.organizationPath.by === 'location'),
];

/** What bytes alone can lead to; the generator is worth something while it reaches all of it. */
const OUTCOMES = [
  'event by record',
  'event by location',
  ...DEAD_LETTER_REASONS.filter((reason) => reason !== 'tombstone' && reason !== 'not_storable'),
];

/** What is wrong with a result, or nothing. */
function faultOf(result: FormattedEvent | DeadLetter, value: Buffer): string | undefined {
  if (result.kind === 'dead_letter') {
    if (!DEAD_LETTER_REASONS.includes(result.reason)) return `unknown reason ${result.reason}`;
    return /^[A-Za-z].*\.$/.test(result.detail) ? undefined : `no sentence: ${result.detail}`;
  }
  if (result.body !== value) return 'another buffer than that of the record';
  if (typeof JSON.parse(value.toString('utf8')) !== 'object') return 'an event that is no object';
  const { organization } = result;
  const id = organization.by === 'record' ? organization.organizationId : organization.locationId;
  return id.length > 0 && id.length <= 128 ? undefined : `an id of ${id.length} code units`;
}

describe('FormatterRegistry on arbitrary bytes', () => {
  const registry = new FormatterRegistry({ maxBytes: MAX_BYTES, deliveryOrderUpdated: true });

  it(`never throws and always gives an event or a dead letter (${ROUNDS} records)`, () => {
    const random = generator(SEED);
    const faults: string[] = [];
    const seen = new Set<string>();
    for (let round = 0; round < ROUNDS; round += 1) {
      const value = pick(KINDS, random)(random);
      const { topic } = pick(pick(FAMILIES, random), random);
      const headers = { organizationId: Buffer.from([random(256), random(256)]) };
      const where = `seed ${SEED}, round ${round}, ${topic}, ${value.toString('base64')}`;
      try {
        const result = registry.format(recordOf(value, topic, headers));
        seen.add(result.kind === 'event' ? `event by ${result.organization.by}` : result.reason);
        const fault = faultOf(result, value);
        if (fault) faults.push(`${where}: ${fault}`);
      } catch (error) {
        faults.push(`${where}: thrown ${String(error)}`);
      }
    }
    expect(faults).toEqual([]);
    expect([...seen].toSorted()).toEqual(OUTCOMES.toSorted());
  });
});
