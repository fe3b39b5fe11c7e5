import { gzipSync } from 'node:zlib';
import { createTopics, deleteTopics, uniquePrefix, waitFor } from '@app/testing';
import kafkajs, { Kafka, logLevel } from 'kafkajs';
import { expect, inject, it } from 'vitest';
import { createTestServer, produce } from './kafka-test-server.js';

const { brokers } = inject('infrastructure');

/** One record of 130 MiB zeros: a batch of 130 kB for the broker, which accepts it. */
async function produceBomb(topic: string): Promise<void> {
  const { CompressionCodecs, CompressionTypes } = kafkajs;
  const codecs: Record<number, () => unknown> = CompressionCodecs;
  const reading = codecs[CompressionTypes.GZIP] as () => unknown;
  codecs[CompressionTypes.GZIP] = () => ({
    compress: (encoder: { buffer: Buffer }) => Promise.resolve(gzipSync(encoder.buffer)),
  });
  const kafka = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING });
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  try {
    const messages = [{ value: Buffer.alloc(130 * 1024 * 1024), partition: 0 }];
    await producer.send({ topic, compression: CompressionTypes.GZIP, messages });
  } finally {
    codecs[CompressionTypes.GZIP] = reading;
    await producer.disconnect();
  }
}

it('a batch that unpacks to more than memory holds up its own partition and no other', async () => {
  const prefix = uniquePrefix('bomb');
  const topic = `${prefix}orders`;
  const seen: string[] = [];
  await createTopics(brokers, [topic], 2);
  const server = await createTestServer({
    brokers,
    groupId: `${prefix}group`,
    topicPrefix: prefix,
    topics: ['orders'],
    handler: (records) => void seen.push(...records.map(({ value }) => String(value))),
  });
  try {
    await produceBomb(topic);
    await server.listen();
    await waitFor(() => server.log.of('batch.refused').length > 0);

    await produce(brokers, topic, [{ value: 'other', partition: 1 }]);
    await waitFor(() => seen.length > 0);

    expect(seen).toEqual(['other']);
    expect(server.events).not.toContain('consumer.crash');
    const refusals = server.log.of('batch.refused');
    expect(refusals).toHaveLength(1);
    expect(refusals[0]?.fields['message']).toMatch(
      /with gzip compression cannot be read \(more than 134217728 bytes would come out\)/,
    );
  } finally {
    await server.close();
    await deleteTopics(brokers, prefix);
  }
});
