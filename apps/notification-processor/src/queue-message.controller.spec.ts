import { MESSAGE_PROCESS_TOPIC, type KafkaRecord, type KafkaRecordHeaders } from '@app/events';
import { ReadyQueues } from '@app/queue';
import { Kafka } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { KafkaMessageEmitter } from './kafka/kafka-message.emitter.js';
import { QueueMessageController } from './queue-message.controller.js';

const [ONE, TWO] = ['5f2f1c2a-7a39-4a0e-9a5c-2f4f6f1d8c11', '0d6b1f3e-54c8-4c0e-8d57-8a6f0f2b9e42'];

function create() {
  const ready = new ReadyQueues();
  ready.listen(() => undefined);
  const ignore = (): void => undefined;
  const emitter = new KafkaMessageEmitter({
    kafka: new Kafka({ brokers: ['127.0.0.1:1'] }),
    topicPrefix: '',
    logger: { debug: ignore, info: ignore, warn: ignore, error: ignore },
  });
  return { ready, emitter, controller: new QueueMessageController(ready, emitter) };
}

const wakeUp = (value: string, headers: KafkaRecordHeaders = {}): KafkaRecord => ({
  topic: MESSAGE_PROCESS_TOPIC,
  partition: 0,
  offset: '0',
  timestamp: '0',
  key: null,
  value: Buffer.from(value),
  headers,
});
const of = (integrationId: string): string => JSON.stringify({ integrationId });

describe('the controller of wake-ups', () => {
  it('notes the queues that other emitters woke, and not those of its own process', () => {
    const { ready, emitter, controller } = create();
    const own = { emitter: Buffer.from(emitter.id) };
    const another = { emitter: Buffer.from(create().emitter.id) };

    controller.onWakeUps([wakeUp(of(ONE), own), wakeUp(of(TWO), another)]);
    expect(ready.take(10)).toEqual([{ queueId: TWO, isProbe: false }]);
  });

  it('notes a wake-up that does not say who emitted it', () => {
    const { ready, controller } = create();

    controller.onWakeUps([wakeUp(of(ONE))]);
    expect(ready.take(10)).toEqual([{ queueId: ONE, isProbe: false }]);
  });

  it('ignores what names no queue', () => {
    const { ready, controller } = create();

    controller.onWakeUps(['', 'null', '{', '{"integrationId":7}', of('x')].map((v) => wakeUp(v)));
    expect(ready.isEmpty).toBe(true);
  });
});
