import type { TokenPayload } from '@app/applications';
import {
  QueueStatus,
  type AttemptsOfWebhook,
  type DeliveryAttempt,
  type DeliveryAttemptsQuery,
  type DeliveryQueue,
  type DeliveryQueueQuery,
} from '@app/queue';
import { describe, expect, it } from 'vitest';
import { DeliveryHistory } from './delivery-history.js';

const payload = (integrationId: string, scopes = ['view_integrations']): TokenPayload => ({
  kind: 'app',
  integrationId,
  organizationId: 'o',
  applicationId: 'a',
  clientId: 'c',
  scopes,
  tokenKey: 'k',
});

const SINCE = new Date('2026-01-31T08:15:30.123Z');

const QUEUE: DeliveryQueue = {
  status: QueueStatus.BLOCKED,
  since: SINCE,
  lastErrorCode: 'address_refused',
  lastErrorMessage: 'shop.example leads to 10.1.2.3, which is not a public address',
  lastTriedAt: SINCE,
  attempts: 3,
  depth: 7,
  oldestWaitingAt: SINCE,
  oldestWaitingSeconds: 90,
  nextAttemptAt: null,
  paused: false,
  recovery: 'gave_up',
  gaveUpReason: 'no_success',
};

const attempt = (seq: number): DeliveryAttempt => ({
  messageId: `m${seq}`,
  attempt: 1,
  startedAt: SINCE,
  durationMs: 12,
  outcome: 'timed_out',
  statusCode: null,
  code: 'timeout_response',
  error: 'No complete answer came in time',
  excerpt: Buffer.from([0x61, 0x00, 0x1b, 0xff, 0xc3, 0xa9, 0xe2, 0x82]),
  type: 'order/created',
  isTest: true,
  position: { seq: String(seq), attempt: '1', startedAtUs: '1' },
});

/** With the queues that were asked for, and attempts numbered from 9 down. */
function history() {
  const asked: unknown[] = [];
  const queues = {
    execute: async (id: string) => {
      asked.push(id);
      return id === 'none' ? undefined : QUEUE;
    },
  } as unknown as DeliveryQueueQuery;
  const attempts = {
    execute: async ({ limit, ...of }: AttemptsOfWebhook) => {
      asked.push(of);
      return Array.from({ length: Math.min(limit, 9) }, (_, index) => attempt(9 - index));
    },
  } as unknown as DeliveryAttemptsQuery;
  return { asked, history: new DeliveryHistory(queues, attempts) };
}

describe('the queue of an integration', () => {
  it('is read once for a request, however often it asks, and anew for the next or after a change', async () => {
    const { asked, history: shown } = history();
    const [one, next] = [payload('one'), payload('one')];
    await Promise.all([shown.queueOf(one), shown.queueOfIntegration(one, 'one')]);
    await shown.queueOf(one);
    expect(asked).toEqual(['one']);
    await shown.changedQueueOf(one);
    await shown.queueOf(next);
    expect(asked).toEqual(['one', 'one', 'one']);
  });

  it('is shown in the words of webhooks, without the address that a name led to', async () => {
    const time = '2026-01-31T08:15:30.123Z';
    expect(await history().history.queueOf(payload('one'))).toEqual({
      health: 'FAILING',
      since: time,
      lastErrorCode: 'address_refused',
      lastErrorMessage: 'The host does not lead to a public address',
      lastTriedAt: time,
      failedAttempts: 3,
      depth: 7,
      oldestWaitingAt: time,
      oldestWaitingSeconds: 90,
      nextAttemptAt: null,
      paused: false,
      recovery: 'GAVE_UP',
      gaveUpReason: 'NO_SUCCESS',
    });
    expect(await history().history.queueOf(payload('none'))).toBeNull();
  });

  it('is only for whoever may see its webhooks', async () => {
    const { asked, history: shown } = history();
    const blind = payload('one', ['edit_integrations']);
    const refusal = 'Insufficient scope: view_integrations required';
    await expect(shown.queueOf(blind)).rejects.toThrow(refusal);
    await expect(shown.changedQueueOf(blind)).rejects.toThrow(refusal);
    await expect(shown.attemptsOf(blind, 'w', {})).rejects.toThrow(refusal);
    await expect(shown.queueOfIntegration(payload('one'), 'other')).rejects.toThrow(
      "You can't see the queue of another integration",
    );
    const client: TokenPayload = { ...payload('one', []), kind: 'client' } as TokenPayload;
    expect(await shown.queueOf(client)).toMatchObject({ depth: 7 });
    expect(asked).toEqual(['one']);
  });
});

describe('the attempts of a webhook', () => {
  it('are a page of those in the own queue, and say whether there are more', async () => {
    const { asked, history: shown } = history();
    const { edges, pageInfo } = await shown.attemptsOf(payload('one'), 'w', { first: 8 });
    expect(asked).toEqual([{ webhookId: 'w', queueId: 'one', after: undefined }]);
    expect(edges).toHaveLength(8);
    expect(pageInfo).toEqual({
      hasNextPage: true,
      hasPreviousPage: false,
      startCursor: edges[0]?.cursor,
      endCursor: edges[7]?.cursor,
    });
    const rest = { first: 9, after: edges[7]?.cursor ?? '' };
    const last = await shown.attemptsOf(payload('one'), 'w', rest);
    expect(last.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
    expect(asked[1]).toMatchObject({ after: { seq: '2', attempt: '1', startedAtUs: '1' } });
  });

  it('show what was answered as text, whatever it was', async () => {
    const { edges } = await history().history.attemptsOf(payload('one'), 'w', { first: 1 });
    expect(edges[0]?.node).toEqual({
      messageId: 'm9',
      type: 'order/created',
      attempt: 1,
      startedAt: '2026-01-31T08:15:30.123Z',
      durationMs: 12,
      outcome: 'TIMED_OUT',
      statusCode: null,
      code: 'timeout_response',
      error: 'No complete answer came in time',
      excerpt: 'a\u0000\u001b\ufffdé\ufffd',
      isTest: true,
    });
  });
});
