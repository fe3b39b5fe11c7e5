import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OperatorScene, type SceneQueue } from '../operator-scene.js';

let scene: OperatorScene;
beforeAll(async () => {
  scene = await OperatorScene.create();
});
afterAll(() => scene?.drop());

interface Seq {
  readonly seq: string;
}

/** Pages of one list of a queue, asked for below the queue. */
async function seqsOf(list: string, queue: SceneQueue, between?: () => Promise<unknown>) {
  const seqs: string[] = [];
  let after: string | null = null;
  do {
    const query = `query($id: UUID!, $after: String) { queue(integrationId: $id) {
      ${list}(first: 3, after: $after) { edges { node { seq } } pageInfo { hasNextPage endCursor } } } }`;
    const answer: Readonly<Record<string, Page>> = await scene.value<Record<string, Page>>(query, {
      id: queue.integrationId,
      after,
    });
    const page: Page | undefined = answer[list];
    seqs.push(...(page?.edges ?? []).map(({ node }) => node.seq));
    after = page?.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
    await between?.();
  } while (after !== null);
  return seqs;
}

interface Page {
  readonly edges: readonly { readonly node: Seq }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

const range = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, i) => String(from + i));

const park = (queue: SceneQueue, seq: number, messageId: string, verdict = 'PARKED') =>
  scene.database.query(
    `INSERT INTO set_aside_message (queue_id, seq, message_id, webhook_id, verdict, attempts, actor, reason, requeued_seq)
     VALUES ($1, $2, $3, $4, $5, 7, 'Grace', 'broken', CASE WHEN $5 = 'REQUEUED' THEN 9 END)`,
    [queue.integrationId, seq, messageId, queue.webhookId, verdict],
  );

describe('the messages of a queue', () => {
  it('are listed from the head on, and from the head back', async () => {
    const queue = await scene.queue();
    await scene.enqueue(queue, 20);
    await scene.set(queue, 'head_seq = 9');
    expect(await seqsOf('nextMessages', queue)).toEqual(range(9, 20));
    expect(await seqsOf('lastMessages', queue)).toEqual(range(1, 8).reverse());
  });

  it('come once each while the head moves on and more arrive', async () => {
    const queue = await scene.queue();
    await scene.enqueue(queue, 12);
    const waiting = await seqsOf('nextMessages', queue, async () => {
      await scene.set(queue, 'head_seq = least(head_seq + 1, 12)');
    });
    expect(waiting).toEqual(range(1, 12));
    const settled = await seqsOf('lastMessages', queue, async () => {
      await scene.enqueue(queue, 1);
      await scene.set(queue, 'head_seq = head_seq + 1');
    });
    const { head_seq: head } = await scene.database.one<{ head_seq: string }>(
      'SELECT head_seq FROM integration_queue WHERE queue_id = $1',
      [queue.integrationId],
    );
    expect(settled).toEqual([...settled].sort((a, b) => Number(b) - Number(a)));
    expect(settled.at(-1)).toBe('1');
    expect(new Set(settled).size).toBe(settled.length);
    expect(Number(head)).toBeGreaterThan(Number(settled[0]));
  });

  it('that were skipped are listed with who did so and why', async () => {
    const queue = await scene.queue();
    const ids = await scene.enqueue(queue, 6);
    for (const seq of [1, 2, 4, 5]) await park(queue, seq, ids[seq - 1] ?? '');
    await park(queue, 3, ids[2] ?? '', 'DISCARDED');
    expect(await seqsOf('parkedMessages', queue)).toEqual(['1', '2', '4', '5']);
    const query = `query($id: UUID!) { queue(integrationId: $id) { parkedMessages(first: 1) { edges { node {
      messageId webhookId attempts parkedAt parkedBy reason } } } } }`;
    const answer = await scene.value(query, { id: queue.integrationId });
    expect(answer).toMatchObject({
      parkedMessages: {
        edges: [
          {
            node: {
              messageId: ids[0],
              webhookId: queue.webhookId,
              attempts: 7,
              parkedAt: expect.any(String),
              parkedBy: 'Grace',
              reason: 'broken',
            },
          },
        ],
      },
    });
  });
});

const MESSAGE = `query($id: UUID!, $after: String) { message(id: $id) {
  id integrationId webhookId type enqueuedAt bodyBytes body copies {
    seq origin endPoint status attemptCount lastTriedAt lastErrorCode lastErrorMessage
    setAside { decidedBy reason requeuedSeq }
    attempts(first: 2, after: $after) { edges { node {
      attempt startedAt durationMs outcome statusCode code error excerpt } }
      pageInfo { hasNextPage endCursor } } } } }`;

interface MessageAnswer {
  readonly copies: readonly {
    readonly seq: string;
    readonly attempts: {
      readonly edges: readonly { readonly node: { readonly attempt: number } }[];
      readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
    };
  }[];
}

describe('a message', () => {
  it('is shown with its attempts, page by page, the newest first', async () => {
    const queue = await scene.queue();
    const [id = ''] = await scene.enqueue(queue, 1);
    const excerpt = Buffer.from([0x6f, 0x6b, 0xff, 0x21]);
    for (const number of [1, 2, 3, 4, 5]) {
      await scene.attempt(queue, id, { seq: 1, number, excerpt });
    }
    const first = await scene.value<MessageAnswer>(MESSAGE, { id });
    expect(first).toMatchObject({
      id,
      integrationId: queue.integrationId,
      webhookId: queue.webhookId,
      type: 'order/created',
      bodyBytes: 45,
      body: `{"id":"${id}"}`,
      copies: [
        {
          seq: '1',
          origin: 'EVENT',
          endPoint: null,
          status: 'QUEUED',
          attemptCount: 5,
          lastTriedAt: expect.any(String),
          lastErrorCode: 'http_status',
          lastErrorMessage: 'answered 503',
          setAside: null,
          attempts: {
            edges: [
              {
                node: {
                  attempt: 5,
                  startedAt: expect.any(String),
                  durationMs: 12,
                  outcome: 'rejected',
                  statusCode: 503,
                  code: 'http_status',
                  error: 'answered 503',
                  excerpt: 'ok\ufffd!',
                },
              },
              { node: { attempt: 4 } },
            ],
          },
        },
      ],
    });
    const attempts: number[] = [];
    let after: string | null = null;
    do {
      const answer: MessageAnswer = await scene.value<MessageAnswer>(MESSAGE, { id, after });
      const page = answer.copies[0]?.attempts;
      attempts.push(...(page?.edges ?? []).map(({ node }) => node.attempt));
      after = page?.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
      // A new one, as they come while a page is read, does not shift the pages.
      if (attempts.length === 2) await scene.attempt(queue, id, { seq: 1, number: 6 });
    } while (after !== null);
    expect(attempts).toEqual([5, 4, 3, 2, 1]);
  });

  it('is shown with its copies, the newest first', async () => {
    const queue = await scene.queue();
    const [id = ''] = await scene.enqueue(queue, 2);
    await scene.set(queue, 'head_seq = 3');
    await scene.database.query(
      `SELECT append_copies(q, ARRAY[1]::bigint[], 'replay', 'https://other.example/')
       FROM integration_queue q WHERE queue_id = $1`,
      [queue.integrationId],
    );
    expect(await scene.value(MESSAGE, { id })).toMatchObject({
      copies: [
        { seq: '3', origin: 'REPLAY', endPoint: 'https://other.example/', status: 'QUEUED' },
        { seq: '1', origin: 'EVENT', endPoint: null, status: 'DELIVERED' },
      ],
    });
  });

  it.each(['PARKED', 'DISCARDED', 'REQUEUED'])(
    'that was set aside tells so: %s',
    async (verdict) => {
      const queue = await scene.queue();
      const [id = ''] = await scene.enqueue(queue, 2);
      await park(queue, 1, id, verdict);
      const requeuedSeq = verdict === 'REQUEUED' ? '9' : null;
      expect(await scene.value(MESSAGE, { id })).toMatchObject({
        copies: [
          { status: verdict, setAside: { decidedBy: 'Grace', reason: 'broken', requeuedSeq } },
        ],
      });
    },
  );

  it('that is kept beyond its day is found', async () => {
    const queue = await scene.queue();
    const [id = ''] = await scene.enqueue(queue, 1);
    await scene.database.query(
      `UPDATE integration_queue_message SET stored_at = '-infinity' WHERE queue_id = $1`,
      [queue.integrationId],
    );
    await scene.database.query('DELETE FROM message_identity WHERE message_id = $1', [id]);
    expect(await scene.value(MESSAGE, { id })).toMatchObject({
      body: `{"id":"${id}"}`,
      copies: [{ seq: '1', status: 'QUEUED' }],
    });
  });

  it('that is dropped, or never was, is not found', async () => {
    const queue = await scene.queue();
    const [dropped = ''] = await scene.enqueue(queue, 1);
    await scene.database.query('DELETE FROM integration_queue_message WHERE queue_id = $1', [
      queue.integrationId,
    ]);
    for (const id of [dropped, randomUUID()]) {
      const { value, errors } = await scene.ask(MESSAGE, { id });
      expect(value).toBeNull();
      expect(errors).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }]);
    }
  });

  it.each(['x', '', 7])('is not looked for by what is no id: %j', async (id) => {
    const { errors } = await scene.ask(MESSAGE, { id });
    expect(errors[0]?.message).toContain('Variable "$id" got invalid value');
  });
});
