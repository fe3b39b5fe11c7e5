import {
  DEAD_LETTER_REASONS,
  ORGANIZATION_TOPICS,
  type DeadLetter,
  type FormattedEvent,
} from '@app/events';
import { FormatterRegistry, TopicWithoutFormatterError } from '@app/formatters';
import { expectForAll, PROPERTY_TIMEOUT_MS } from '@app/testing';
import fc from 'fast-check';
import type { KafkaMessage } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { toKafkaRecord } from './kafka-record-reader.js';

const MAX_BYTES = 400;
const registry = new FormatterRegistry({ maxBytes: MAX_BYTES, deliveryOrderUpdated: true });

const bytes = fc.uint8Array({ maxLength: 24 }).map((array) => Buffer.from(array));
const id = fc.oneof(
  { weight: 3, arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }) },
  fc.string({ unit: 'binary', maxLength: 70, size: 'max' }),
  fc.constantFrom('', 'o'.repeat(64), '😀'.repeat(64), 'o'.repeat(65), 'o\0', '\u0085', '\ud800'),
);
const scalar = fc.oneof(
  { weight: 4, arbitrary: id },
  fc.constantFrom(null, 0, true, [], ['o'], {}),
);
const names = ['organizationId', 'locationId', 'id', '__proto__', 'constructor', 'variant'];
const flat = fc.dictionary(fc.constantFrom(...names), scalar);
/** As producers write them, with everything in the places where ids are looked for. */
const nested = fc
  .tuple(flat, fc.constantFrom('variant', 'product', 'order', 'stockReference', '__proto__'), flat)
  .map(([outer, name, inner]) => Object.fromEntries([...Object.entries(outer), [name, inner]]));
const json = fc.oneof(flat, nested).map((payload) => Buffer.from(JSON.stringify(payload)));
const spoiled = fc.tuple(json, fc.nat(), fc.nat(255)).map(([good, at, byte]) => {
  const changed = Buffer.from(good);
  if (changed.length > 0) changed[at % changed.length] = byte;
  return changed;
});
const value = fc.oneof(
  { weight: 4, arbitrary: json },
  spoiled,
  bytes,
  fc.json().map((text) => Buffer.from(text)),
  fc.constantFrom(
    null,
    Buffer.alloc(0),
    Buffer.alloc(MAX_BYTES + 1, ' '),
    Buffer.from('{"a":1e999}'),
  ),
);

/** As kafkajs collects them: in a plain object, a list where a name comes twice. */
const headers = fc.dictionary(
  fc.oneof(fc.constantFrom('organizationId', ...names, 'toString'), fc.string()),
  fc.oneof(
    id.map((text) => Buffer.from(text)),
    bytes,
    fc.array(bytes, { maxLength: 3 }),
    fc.constantFrom(undefined, null, [Object, Buffer.from('o')]),
  ) as fc.Arbitrary<Buffer>,
);
const messages = fc.record({
  key: fc.option(bytes),
  value,
  timestamp: fc.string({ unit: fc.constantFrom('0', '9', '-') }),
  attributes: fc.nat(255),
  offset: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }).map(String),
  headers: fc.option(headers, { nil: undefined }),
}) as fc.Arbitrary<KafkaMessage>;

const stateOf = (result: FormattedEvent | DeadLetter): string =>
  result.kind === 'event' ? `event by ${result.organization.by}` : result.reason;

describe('a Kafka record of any bytes', () => {
  it(
    'becomes a message of a usable organization, or a dead letter with a reason',
    async () => {
      const seen = new Set<string>();
      const place = fc.tuple(fc.constantFrom(...ORGANIZATION_TOPICS), fc.nat(), messages);
      await expectForAll(place, ([topic, partition, given]) => {
        const result = registry.format(toKafkaRecord(topic, partition, given));
        seen.add(stateOf(result));
        if (result.kind === 'dead_letter') {
          expect(DEAD_LETTER_REASONS).toContain(result.reason);
          expect(result.detail).toMatch(/^[A-Z][\x20-\x7e]{5,200}\.$|^organizationId is .*\.$/);
          return;
        }
        const { organization, body, learns } = result;
        expect(body).toBe(given.value);
        const claimed =
          organization.by === 'record' ? organization.organizationId : organization.locationId;
        for (const text of [claimed, learns?.locationId ?? 'l', learns?.organizationId ?? 'o']) {
          expect(text).toMatch(/^[^\p{Cc}\p{Cs}]{1,64}$/u);
        }
      });
      const never = ['organization_unresolved', 'not_storable'];
      const reasons = DEAD_LETTER_REASONS.filter((reason) => !never.includes(reason));
      expect([...seen]).toEqual(expect.arrayContaining(['event by record', ...reasons]));
    },
    PROPERTY_TIMEOUT_MS,
  );

  it(
    'keeps its bytes, its place and every header that has a value, under its own name',
    async () => {
      await expectForAll(messages, (message) => {
        const record = toKafkaRecord('order.created', 3, message);
        expect(record).toMatchObject({ topic: 'order.created', partition: 3 });
        expect(record.key).toBe(message.key);
        expect(record.value).toBe(message.value);
        const given = Object.entries<unknown>(message.headers ?? {});
        for (const [name, values] of given) {
          const buffers = [values].flat().filter((one) => Buffer.isBuffer(one));
          const kept = [record.headers[name] ?? []].flat();
          expect(kept.length).toBe(buffers.length);
          expect(kept.every((one, at) => one === buffers[at])).toBe(true);
        }
        expect(given.map(([name]) => name)).toEqual(
          expect.arrayContaining(Object.keys(record.headers)),
        );
      });
    },
    PROPERTY_TIMEOUT_MS,
  );

  it(
    'of a topic that is none of ours is refused as a fault of the program',
    async () => {
      const known: readonly string[] = ORGANIZATION_TOPICS;
      const names = fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', 'orders'));
      const topic = names.filter((name) => !known.includes(name));
      await expectForAll(fc.tuple(topic, messages), ([name, given]) => {
        const record = toKafkaRecord(name, 0, given);
        expect(() => registry.format(record)).toThrow(TopicWithoutFormatterError);
      });
    },
    PROPERTY_TIMEOUT_MS,
  );
});
