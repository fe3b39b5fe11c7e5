import type { DeliveryOutcome } from '@app/delivery';
import type { DeadLetter } from '@app/events';
import type { QueueTracerInterface } from '@app/queue';
import { TestReceiver } from '@app/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { QueueFixture, type TestQueue } from '../queue-fixture.js';
import { eventFor, Replica } from '../replica.js';

let fixture: QueueFixture;
let receiver: TestReceiver;
let replica: Replica;
beforeAll(async () => {
  [fixture, receiver] = await Promise.all([QueueFixture.create(), TestReceiver.start()]);
  await fixture.database.query(`
    CREATE FUNCTION refuse_marked() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF position('unstorable' IN convert_from(NEW.body, 'UTF8')) > 0 THEN
        RAISE EXCEPTION 'the body cannot be stored' USING ERRCODE = '22000';
      ELSIF position('disk full' IN convert_from(NEW.body, 'UTF8')) > 0 THEN
        RAISE EXCEPTION 'no space left on device' USING ERRCODE = '53100';
      END IF;
      RETURN NEW;
    END $$;
    CREATE TRIGGER refuse_marked BEFORE INSERT ON integration_queue_message
      FOR EACH ROW EXECUTE FUNCTION refuse_marked()`);
});
afterEach(() => replica.stop());
afterAll(async () => {
  await receiver.close();
  await fixture?.drop();
});

/** Keeps what it is told; contexts are numbered in the order in which they were given out. */
class RecordingTracer implements QueueTracerInterface {
  readonly enqueued: string[] = [];
  readonly dead: DeadLetter[] = [];
  readonly attempts: { traceParent: string | null; outcome: DeliveryOutcome | undefined }[] = [];
  private begun = 0;

  enqueue(...[{ event }, messages]: Parameters<QueueTracerInterface['enqueue']>) {
    this.begun += 1;
    const traceParent = `context ${this.begun}`;
    const end = (): void => {
      this.enqueued.push(`${traceParent}: ${String(event.body)} ×${messages}`);
    };
    return { traceParent, end };
  }

  deadLettered(letter: DeadLetter): void {
    this.dead.push(letter);
  }

  deliver(...[{ head }]: Parameters<QueueTracerInterface['deliver']>) {
    const { traceParent } = head;
    const end = (outcome: DeliveryOutcome | undefined): void => {
      this.attempts.push({ traceParent, outcome });
    };
    return { marks: { traceparent: `sent of ${traceParent}` }, end };
  }
}

async function scene(path: string) {
  const tracer = new RecordingTracer();
  replica = new Replica(fixture.dataSource, { tracer });
  return { tracer, queue: await fixture.queue(receiver.url(path)) };
}

const process = (queue: TestQueue, ...bodies: unknown[]) => replica.publish(queue, bodies);

describe('the tracer of a queue', () => {
  it('is told of every record after its commit, and of its message when it is sent', async () => {
    const { tracer, queue } = await scene('/told');
    await process(queue, 1, 2);
    const requests = await receiver.waitForCount(2, { path: '/told' });
    await replica.stop();
    expect(tracer.enqueued).toEqual(['context 1: 1 ×1', 'context 2: 2 ×1']);
    expect(requests.map(({ headers }) => headers['traceparent'])).toEqual([
      'sent of context 1',
      'sent of context 2',
    ]);
    expect(tracer.attempts).toMatchObject([
      { traceParent: 'context 1', outcome: { kind: 'delivered' } },
      { traceParent: 'context 2', outcome: { kind: 'delivered' } },
    ]);
  });

  it('is not told of what was not stored, and once of what is stored in another try', async () => {
    const { tracer, queue } = await scene('/tries');
    await expect(process(queue, 1, 'disk full')).rejects.toThrow(/no space/);
    expect(tracer.enqueued).toEqual([]);
    await process(queue, 1, 'unstorable', 3);
    expect(tracer.enqueued.map((each) => each.replace(/^.*: /, ''))).toEqual(['1 ×1', '3 ×1']);
    expect(tracer.dead).toMatchObject([{ reason: 'not_storable' }]);
    await receiver.waitForCount(2, { path: '/tries' });
    await replica.stop();
    // Those of the try that was committed, not of one before.
    expect(tracer.attempts.map(({ traceParent }) => traceParent)).toEqual(
      tracer.enqueued.map((each) => each.replace(/:.*$/, '')),
    );
  });

  it('is told of no record that nobody subscribed to, and of a dead letter once', async () => {
    const { tracer, queue } = await scene('/nobody');
    const { record } = eventFor(queue, 'x');
    const letter = { kind: 'dead_letter', record, reason: 'not_json', detail: 'x' } as const;
    const nobody = eventFor({ ...queue, organizationId: 'nobody' }, 1);
    await replica.processor.process([letter, nobody]);
    await replica.processor.process([letter, nobody]);
    expect(tracer.enqueued).toEqual([]);
    expect(tracer.dead).toHaveLength(1);
  });

  it('is told of a failure with its outcome, and of a fault of ours without one', async () => {
    const { tracer, queue } = await scene('/failure');
    receiver.script('/failure', { kind: 'answer', status: 503 });
    await process(queue, 1);
    await receiver.waitForCount(1, { path: '/failure' });
    await replica.stop();
    expect(tracer.attempts).toMatchObject([{ outcome: { code: 'http_status', statusCode: 503 } }]);

    // The sender of a replica that was stopped refuses to send.
    await fixture.set(queue, `due_at = '-infinity'`);
    const [lease] = await replica.store.claim([queue.queueId]);
    if (!lease) throw new Error('not claimed');
    const turn = { enter: () => true, mayGoOn: () => false, wantsMore: () => false };
    expect(await replica.processor.send(lease, turn)).toEqual({ kind: 'released' });
    expect(tracer.attempts[1]).toEqual({ traceParent: 'context 1', outcome: undefined });
  });
});
