import type { KafkaRecord } from '@app/events';
import { describe, expect, it } from 'vitest';
import { messageIdOf } from './message-identity.js';

const WEBHOOK = '7d9f3c52-0c4e-4f0e-9d3a-0a6a6a1f4b11';

const record = (change: Partial<KafkaRecord> = {}): KafkaRecord => ({
  topic: 'order.created',
  partition: 3,
  offset: '9007199254740993',
  timestamp: '1763700000123',
  key: null,
  value: Buffer.from('{}'),
  headers: {},
  ...change,
});

const timeOf = (id: string): bigint => BigInt(`0x${id.replaceAll('-', '').slice(0, 12)}`);

describe('the id of a message', () => {
  it('is the same for the same record and webhook, whatever the record contains', () => {
    const id = messageIdOf(record(), WEBHOOK);
    const again = record({ value: null, key: Buffer.from('k'), headers: { a: Buffer.from('b') } });
    expect(messageIdOf(again, WEBHOOK)).toBe(id);
    // Stored ids must stay valid over versions: a replay after an upgrade may store nothing twice.
    expect(id).toBe('019aa4b6-457b-898c-a58c-12d9b9d89be5');
  });

  it.each<[string, Partial<KafkaRecord>]>([
    ['topic', { topic: 'order.completed' }],
    ['partition', { partition: 4 }],
    ['offset, beyond 2^53', { offset: '9007199254740992' }],
    ['timestamp', { timestamp: '1763700000124' }],
  ])('differs where the %s differs', (_, change) => {
    expect(messageIdOf(record(change), WEBHOOK)).not.toBe(messageIdOf(record(), WEBHOOK));
  });

  it('differs for two webhooks', () => {
    const other = '7d9f3c52-0c4e-4f0e-9d3a-0a6a6a1f4b12';
    expect(messageIdOf(record(), other)).not.toBe(messageIdOf(record(), WEBHOOK));
  });

  it('does not confuse records whose parts run into each other', () => {
    const one = messageIdOf(record({ partition: 1, offset: '23' }), WEBHOOK);
    expect(messageIdOf(record({ partition: 12, offset: '3' }), WEBHOOK)).not.toBe(one);
  });

  it('has the form, version and variant of a UUIDv8', () => {
    for (let offset = 0; offset < 500; offset += 1) {
      expect(messageIdOf(record({ offset: String(offset) }), WEBHOOK)).toMatch(
        /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
      );
    }
  });

  it('begins with the timestamp, so that later records have greater ids', () => {
    expect(timeOf(messageIdOf(record(), WEBHOOK))).toBe(1763700000123n);
    const ids = ['0', '1', '255', '65536', '1763700000123', '281474976710655'].map((timestamp) =>
      messageIdOf(record({ timestamp }), WEBHOOK),
    );
    expect([...ids].sort()).toEqual(ids);
  });

  it.each([
    ['-1', 0xffff_ffff_ffffn],
    ['-9223372036854775808', 0n],
    ['9223372036854775807', 0xffff_ffff_ffffn],
    ['281474976710656', 0n],
  ])('keeps the low 48 bits of the timestamp %s', (timestamp, low) => {
    const id = messageIdOf(record({ timestamp }), WEBHOOK);
    expect(timeOf(id)).toBe(low);
    expect(id).toHaveLength(36);
  });
});
