import type { QueueNoticeInterface } from '@app/events';
import {
  crash,
  Gate,
  startKafka,
  TopicReader,
  waitFor,
  type KafkaServer,
  type ReceivedRequest,
} from '@app/testing';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { FaultScene, SHORT_LEASE } from './fault-scene.js';
import type { Subscriber } from './subscriber.js';

const STATUS = 'applications.queue.status';
const SECRET = 'secret-of-the-operator';
const BAD = { kind: 'answer', status: 503 } as const;

/** After a kill -9 the lease of 15 s runs out first. */
const TAKEN_OVER = { timeoutMs: 30_000 };

let kafka: KafkaServer;
let toTopic: FaultScene;
let toOperator: FaultScene;
let withoutBroker: FaultScene;
beforeAll(async () => {
  kafka = await startKafka({ log: () => undefined });
  const { brokers } = kafka;
  [toTopic, toOperator, withoutBroker] = await Promise.all([
    FaultScene.create(SHORT_LEASE),
    FaultScene.create(SHORT_LEASE),
    FaultScene.create({}, { ...inject('infrastructure'), brokers }),
  ]);
});
afterAll(async () => {
  await Promise.all([toTopic, toOperator, withoutBroker].map((scene) => scene?.dispose()));
  await kafka?.dispose();
});

const readerOf = ({ deployment }: FaultScene): Promise<TopicReader> =>
  TopicReader.start(deployment.brokers, deployment.topic(STATUS));

const noticesOf = (reader: TopicReader, { integrationId }: Subscriber): QueueNoticeInterface[] =>
  reader.values<QueueNoticeInterface>().filter((each) => each.integrationId === integrationId);

/** How often each notice came, in the order of the first times, as `kind × times`. */
function counts(notices: readonly QueueNoticeInterface[]): string[] {
  const firsts = new Map(notices.map(({ noticeId, kind }) => [noticeId, kind]));
  return [...firsts].map(([id, kind]) => {
    const times = notices.filter(({ noticeId }) => noticeId === id).length;
    return `${kind} × ${times}`;
  });
}

// Side by side, because most of the time goes by in waiting.
describe.concurrent('notices', () => {
  it('after kill -9 between acknowledgement and mark: that one comes once more with its id, the others once', async () => {
    const subscriber = await toTopic.subscriber();
    toTopic.receiver.script(subscriber.path, BAD);
    const crashing = await toTopic.startBehindProxy();
    const reader = await readerOf(toTopic);
    const unmarked = toTopic.proxy.holdRequests('SET emitted_at = clock_timestamp()');
    await subscriber.publish(1);
    await unmarked.sprung();
    await crash(toTopic.deployment, crashing);

    await toTopic.start();
    toTopic.receiver.script(subscriber.path, { kind: 'answer' });
    const recoveries = (): number =>
      noticesOf(reader, subscriber).filter(({ kind }) => kind === 'recovered').length;
    await waitFor(() => recoveries() === 1, TAKEN_OVER);
    // Another episode comes later, so nothing is still to come of the first.
    toTopic.receiver.script(subscriber.path, BAD, { kind: 'answer' });
    await subscriber.publish(2);
    await waitFor(() => recoveries() === 2, TAKEN_OVER);
    const notices = noticesOf(reader, subscriber);
    const [first] = notices;
    const ofFirst = notices.filter(({ episode }) => episode === first?.episode);
    expect(first?.kind).toBe('blocked');
    expect(counts(ofFirst)).toEqual(['blocked × 2', 'recovered × 1']);
    expect(counts(notices.slice(ofFirst.length))).toEqual(['blocked × 1', 'recovered × 1']);
    await reader.stop();
  });

  it('after kill -9 while the operator is told: another tells him, from that one on, in order', async () => {
    const subscriber = await toOperator.subscriber();
    const gate = new Gate();
    const operator = `/operator${subscriber.path}`;
    const env = {
      OPERATOR_WEBHOOK_URL: toOperator.receiver.url(operator),
      OPERATOR_WEBHOOK_SECRET: SECRET,
    };
    toOperator.receiver.script(subscriber.path, BAD, { kind: 'answer' });
    toOperator.receiver.script(operator, { kind: 'hold', gate }, { kind: 'answer' });
    const crashing = await toOperator.start(env);
    await subscriber.publish(1);
    await toOperator.receiver.waitForCount(1, { path: operator, timeoutMs: 20_000 });
    await crash(toOperator.deployment, crashing);

    await toOperator.start(env);
    await toOperator.receiver.waitForCount(3, { path: operator, ...TAKEN_OVER });
    const notices = toOperator.receiver.requestsTo(operator).map(bodyOf);
    expect(notices.map(({ kind }) => kind)).toEqual(['blocked', 'blocked', 'recovered']);
    expect(counts(notices)).toEqual(['blocked × 2', 'recovered × 1']);
  });

  it('during an outage of the broker are kept, and each comes once, in order, when it is back', async () => {
    const subscribers = await withoutBroker.subscribers(5);
    const gate = new Gate();
    for (const { path } of subscribers) {
      withoutBroker.receiver.script(path, { kind: 'hold', gate }, BAD, BAD, { kind: 'answer' });
    }
    const replicas = await Promise.all([withoutBroker.start(), withoutBroker.start()]);
    for (const each of subscribers) {
      await each.publish(1, 2);
      await waitFor(async () => (await each.queue()).tailSeq === 2);
      await each.received(1);
    }
    await kafka.kill();
    gate.open();
    // The second message is refused twice.
    for (const each of subscribers) await each.received(4);
    const waiting = () =>
      withoutBroker.deployment.database.one<{ n: number }>(
        'SELECT count(*)::integer AS n FROM queue_notice WHERE emitted_at IS NULL',
      );
    await waitFor(async () => (await waiting()).n === 10);
    await Promise.any(
      replicas.map(({ log }) => log.waitFor('notices.not_sent', { timeoutMs: 60_000 })),
    );
    await kafka.start();

    await waitFor(async () => (await waiting()).n === 0, { timeoutMs: 60_000 });
    const reader = await readerOf(withoutBroker);
    await waitFor(() => reader.records.length >= 10);
    for (const each of subscribers) {
      expect(noticesOf(reader, each).map(({ kind }) => kind)).toEqual(['blocked', 'recovered']);
    }
    await reader.stop();
  });
});

const bodyOf = ({ body }: ReceivedRequest): QueueNoticeInterface =>
  (JSON.parse(body.toString('utf8')) as { body: QueueNoticeInterface }).body;
