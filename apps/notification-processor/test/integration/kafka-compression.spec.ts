import { randomBytes } from 'node:crypto';
import type { KafkaRecord } from '@app/events';
import {
  createTopics,
  deleteTopics,
  produceWithJava,
  uniquePrefix,
  waitFor,
  type JavaCompression,
} from '@app/testing';
import kafkajs from 'kafkajs';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import type { CompressionCodec } from '../../src/kafka/compression/compression-codecs.js';
import { createTestServer, type TestServer } from './kafka-test-server.js';

const { brokers } = inject('infrastructure');
const { CompressionCodecs, CompressionTypes } = kafkajs;
const codecs: Record<number, () => CompressionCodec> = CompressionCodecs;

describe('compressed record batches', () => {
  let prefix: string;
  let server: TestServer;
  let seen: KafkaRecord[];

  beforeEach(async () => {
    prefix = uniquePrefix('compression');
    seen = [];
    await createTopics(brokers, [`${prefix}orders`], 2);
    server = await createTestServer({
      brokers,
      groupId: `${prefix}group`,
      topicPrefix: prefix,
      topics: ['orders'],
      handler: (records) => void seen.push(...records),
    });
  });

  afterEach(async () => {
    await server.close();
    await deleteTopics(brokers, prefix);
  });

  /** Compressible JSON, text that is not ASCII, and lines that no compression makes smaller. */
  const lines = [
    ...Array.from({ length: 2_000 }, (_, i) =>
      JSON.stringify({ id: i, number: `A-${i}`, lines: [{ sku: 'chair', quantity: i % 7 }] }),
    ),
    JSON.stringify({ name: 'Zoë – 東京 🚚', escaped: 'é' }),
    randomBytes(150_000).toString('base64'),
    'x'.repeat(300_000),
    '',
  ];

  const types: [JavaCompression, number][] = [
    ['gzip', CompressionTypes.GZIP],
    ['snappy', CompressionTypes.Snappy],
    ['lz4', CompressionTypes.LZ4],
    ['zstd', CompressionTypes.ZSTD],
  ];

  it.each(types)("are read when Kafka's own Java client wrote them with %s", async (name, type) => {
    const counted = countCalls(type);
    await server.listen();
    await produceWithJava({
      brokers,
      topic: `${prefix}orders`,
      partition: 0,
      compression: name,
      lines,
    });

    await waitFor(() => seen.length >= lines.length, { describe: () => seen.length });
    counted.restore();

    expect(counted.calls).toBeGreaterThan(0);
    expect(seen.map(({ value }) => String(value))).toEqual(lines);
    expect(seen.map(({ key }) => String(key))).toEqual(lines.map((_, i) => String(i)));
    expect(seen.map(({ headers }) => String(headers['line']))).toEqual(
      lines.map((_, i) => String(i)),
    );
  });
});

/** Proves that the records really came compressed. */
function countCalls(type: number): { calls: number; restore(): void } {
  const original = codecs[type] as () => CompressionCodec;
  const counted = {
    calls: 0,
    restore: () => {
      codecs[type] = original;
    },
  };
  codecs[type] = () => ({
    compress: () => original().compress(),
    decompress: (input) => {
      counted.calls++;
      return original().decompress(input);
    },
  });
  return counted;
}
