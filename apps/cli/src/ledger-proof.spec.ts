import { messageIdOf } from '@app/queue';
import { describe, expect, it } from 'vitest';
import { LedgerProof, type LedgerEntry } from './ledger-proof.js';

const TIMESTAMP = 1_790_000_000_000;
const WEBHOOK = '1f8c6a0e-6f0d-4b7c-9d6e-0a1b2c3d4e5f';

const at = (seq: number): string => new Date(TIMESTAMP + seq * 1_000).toISOString();

/** A delivered position, as all is well. */
function entry(seq: number, change: Partial<LedgerEntry> = {}): LedgerEntry {
  const record = {
    topic: 'order.created',
    partition: 2,
    offset: String(100 + seq),
    timestamp: String(TIMESTAMP + seq),
    key: null,
    value: null,
    headers: {},
  };
  return {
    seq: String(seq),
    messageId: messageIdOf(record, WEBHOOK),
    webhookId: WEBHOOK,
    type: 'order/created',
    origin: 'EVENT',
    topic: record.topic,
    partition: record.partition,
    offset: record.offset,
    enqueuedAt: at(seq),
    status: 'DELIVERED',
    attemptCount: 1,
    lastAttempts: [attempt(seq)],
    setAside: null,
    ...change,
  };
}

const attempt = (seq: number, change: object = {}) => ({
  attempt: 1,
  startedAt: at(seq),
  durationMs: 5,
  outcome: 'delivered',
  statusCode: 200,
  code: null,
  ...change,
});

function proofOf(
  entries: readonly LedgerEntry[],
  terms: { to?: number; keptSince?: Date } = {},
): LedgerProof {
  const { to = entries.length, keptSince = new Date(0) } = terms;
  const proof = new LedgerProof({ from: 1n, to: BigInt(to), keptSince });
  for (const each of entries) proof.add(each);
  proof.end();
  return proof;
}

const findings = (...given: Parameters<typeof proofOf>): string[] =>
  proofOf(...given).findings.map(({ text }) => text);

describe('a queue in which all is well', () => {
  it('is proved', () => {
    const proof = proofOf([
      entry(1),
      entry(2, {
        attemptCount: 2,
        lastAttempts: [attempt(2, { outcome: 'rejected' }), attempt(2, { attempt: 2 })],
      }),
      entry(3, {
        status: 'PARKED',
        lastAttempts: [],
        attemptCount: 0,
        setAside: { decidedAt: at(3), decidedBy: 'ana', reason: null },
      }),
      entry(4),
      entry(5, { status: 'QUEUED', lastAttempts: [], attemptCount: 0 }),
    ]);
    expect(proof).toMatchObject({
      findings: [],
      notes: [],
      counts: { positions: 5, delivered: 3, identified: 5 },
    });
  });
});

describe('a queue is not proved where', () => {
  it.each<[string, LedgerEntry[], string]>([
    ['a position is missing', [entry(1), entry(3)], 'position 2: not stored'],
    ['some are missing', [entry(1), entry(5)], 'positions 2 to 4: not stored'],
    [
      'a message has another id',
      [entry(1), entry(2, { offset: '999' })],
      'position 2 has not the message id of order.created, partition 2, offset 999',
    ],
    [
      'a message is there twice',
      [entry(1), { ...entry(1), seq: '2', lastAttempts: [attempt(2)] }],
      'position 2 has the message id of position 1',
    ],
    [
      'an event names no record',
      [entry(1), entry(2, { topic: null })],
      'position 2 names no record',
    ],
    [
      'nothing delivered it',
      [entry(1), entry(2, { lastAttempts: [attempt(2, { outcome: 'rejected' })] })],
      'position 2 is DELIVERED, and no attempt delivered it',
    ],
    [
      'it was recorded twice',
      [entry(1), entry(2, { attemptCount: 2, lastAttempts: [attempt(2), attempt(3)] })],
      'position 2 was recorded as delivered 2 times',
    ],
    [
      'it was sent too early',
      [entry(1), entry(2, { lastAttempts: [attempt(0)] })],
      `position 2 was sent at ${at(0)}, not after position 1 (${at(1)})`,
    ],
    [
      'nobody decided',
      [entry(1), entry(2, { status: 'PARKED', lastAttempts: [] })],
      'position 2 is PARKED, and nobody decided that',
    ],
  ])('%s', (_what, entries, text) => {
    const last = Number(entries.at(-1)?.seq);
    expect(findings(entries, { to: last })).toEqual([text]);
  });

  it('the end is missing', () => {
    expect(findings([entry(1), entry(2)], { to: 4 })).toEqual(['positions 3 to 4: not stored']);
  });
});

describe('what retention has dropped', () => {
  const keptSince = new Date(TIMESTAMP + 10_000);

  it('is said, and is no finding', () => {
    const proof = proofOf([entry(3, { lastAttempts: [], attemptCount: 0 }), entry(12), entry(13)], {
      to: 13,
      keptSince,
    });
    expect(proof.findings).toEqual([]);
    expect(proof.notes).toEqual([
      expect.stringMatching(/^positions 1 to 2: not stored any more/),
      'position 3: its attempts are not kept any more',
      expect.stringMatching(/^positions 4 to 11: not stored any more/),
    ]);
  });

  it('excuses nothing that is younger', () => {
    expect(findings([entry(11), entry(13)], { to: 13, keptSince })).toEqual([
      'position 12: not stored',
    ]);
  });
});
