import { describe, expect, it } from 'vitest';
import { leaseOf, type HeadRow } from './queue-row.js';

const row: HeadRow = {
  queue_id: 'queue',
  application_id: 'application',
  organization_id: 'organization',
  lease_token: '9007199254740993',
  attempts: 2,
  status: 'BLOCKED',
  seq: '9007199254740995',
  message_id: 'message',
  webhook_id: 'webhook',
  type: 'order/created',
  enqueued_at: new Date('2026-01-02T03:04:05.678Z'),
  body: Buffer.from('{"price":10.00}'),
  end_point: 'https://receiver.example/hook',
  headers: { 'X-One': '1' },
  removed: true,
  origin: 'event',
  trace_parent: null,
  previous_seq: '9007199254740991',
  skipped: ['9007199254740993'],
  elsewhere: false,
  backoff_min_ms: null,
  backoff_max_ms: null,
};

describe('a row of a claimed queue', () => {
  it('becomes a lease with its head, 64-bit integers as they are', () => {
    expect(leaseOf(row, 1234.5)).toEqual({
      queueId: 'queue',
      applicationId: 'application',
      organizationId: 'organization',
      token: '9007199254740993',
      status: 'BLOCKED',
      attempts: 2,
      head: {
        seq: '9007199254740995',
        messageId: 'message',
        webhookId: 'webhook',
        type: 'order/created',
        enqueuedAt: new Date('2026-01-02T03:04:05.678Z'),
        body: Buffer.from('{"price":10.00}'),
        endPoint: 'https://receiver.example/hook',
        headers: { 'X-One': '1' },
        removed: true,
        origin: 'event',
        place: {
          elsewhere: false,
          previous: '9007199254740991',
          skipped: ['9007199254740993'],
        },
        traceParent: null,
      },
      behind: [],
      mayRun: false,
      backoff: { minMs: null, maxMs: null },
      deadline: 1234.5,
    });
  });

  it('hands the bytes of the body on, not a copy or a text of them', () => {
    expect(leaseOf(row, 0).head.body).toBe(row.body);
  });

  it('is HEALTHY where it is not BLOCKED', () => {
    expect(leaseOf({ ...row, status: 'HEALTHY' }, 0).status).toBe('HEALTHY');
  });
});
