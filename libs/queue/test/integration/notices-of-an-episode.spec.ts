import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DELIVERED, QueueFixture, REJECTED, settleOne } from '../queue-fixture.js';

const FAILURES = 1_000;

let fixture: QueueFixture;
beforeAll(async () => {
  fixture = await QueueFixture.create();
});
afterAll(() => fixture?.drop());

describe('an episode', () => {
  it(`of ${FAILURES} failed attempts is told when it begins and when it ends`, async () => {
    const queue = await fixture.filledQueue(2);
    const store = fixture.store();
    for (let attempt = 1; attempt <= FAILURES; attempt += 1) {
      await settleOne(store, await fixture.claimed(queue), { outcome: REJECTED, retryInMs: 0 });
    }
    await settleOne(store, await fixture.claimed(queue), { outcome: DELIVERED });
    const notices = await fixture.database.query<{ kind: string; attempts: number }>(
      `SELECT kind, (detail->>'attempts')::integer AS attempts FROM queue_notice WHERE queue_id = $1 ORDER BY id`,
      [queue.queueId],
    );
    expect(notices).toEqual([
      { kind: 'blocked', attempts: 1 },
      { kind: 'recovered', attempts: FAILURES + 1 },
    ]);
  });
});
