import type { FormattedEvent, KafkaRecord, WebhookType } from '@app/events';
import type { Subscribers } from '@app/subscriptions';
import { describe, expect, it } from 'vitest';
import {
  assignOrganizations,
  learntLocations,
  messagesOf,
  notStorable,
  wantedLocations,
  type IngestItem,
  type OwnedEvent,
} from './ingest-batch.js';
import { messageIdOf } from './message-identity.js';

const record = (offset: number): KafkaRecord => ({
  topic: 'order.created',
  partition: 2,
  offset: String(offset),
  timestamp: '1763700000000',
  key: null,
  value: Buffer.from(`{"n":${offset}}`),
  headers: {},
});

const event = (offset: number, more: Partial<FormattedEvent> = {}): FormattedEvent => ({
  kind: 'event',
  record: record(offset),
  type: 'order/created',
  body: Buffer.from(`{"n":${offset}}`),
  organization: { by: 'record', organizationId: 'o1' },
  ...more,
});

const ofLocation = (offset: number, locationId: string): FormattedEvent =>
  event(offset, { organization: { by: 'location', locationId } });

const deadLetter = (offset: number): IngestItem => ({
  kind: 'dead_letter',
  record: record(offset),
  reason: 'not_json',
  detail: 'no JSON',
});

describe('the locations of a batch', () => {
  it('are learnt from the events that state them, the last statement of one wins', () => {
    const items = [
      event(1, { learns: { locationId: 'l1', organizationId: 'old' } }),
      deadLetter(2),
      event(3, { learns: { locationId: 'l2', organizationId: 'o2' } }),
      event(4, { learns: { locationId: 'l1', organizationId: 'new' } }),
      event(5),
    ];
    expect([...learntLocations(items)]).toEqual([
      ['l1', 'new'],
      ['l2', 'o2'],
    ]);
  });

  it('are wanted only by events that do not name their organization, each once', () => {
    const items = [event(1), ofLocation(2, 'l1'), deadLetter(3), ofLocation(4, 'l1')];
    expect([...wantedLocations(items)]).toEqual(['l1']);
  });
});

describe('the organizations of a batch', () => {
  it('come from the record, else from the location directory, in the order of the records', () => {
    const items = [ofLocation(1, 'l1'), event(2), ofLocation(3, 'l2')];
    const directory = new Map([
      ['l1', 'o-l1'],
      ['l2', 'o-l2'],
    ]);
    const { events, deadLetters } = assignOrganizations(items, directory);
    expect(events.map((each) => [each.event.record.offset, each.organizationId])).toEqual([
      ['1', 'o-l1'],
      ['2', 'o1'],
      ['3', 'o-l2'],
    ]);
    expect(deadLetters).toEqual([]);
  });

  it('that nobody knows make dead letters, which name the location and keep the record', () => {
    const given = deadLetter(2);
    const { events, deadLetters } = assignOrganizations(
      [ofLocation(1, 'unheard-of'), given, event(3)],
      new Map(),
    );
    expect(events).toHaveLength(1);
    expect(deadLetters).toEqual([
      {
        kind: 'dead_letter',
        record: record(1),
        reason: 'organization_unresolved',
        detail: expect.stringContaining('unheard-of'),
      },
      given,
    ]);
  });
});

describe('the messages of a batch', () => {
  const subscribers: Subscribers = {
    of: (organizationId: string, type: WebhookType) =>
      organizationId === 'o1' && type === 'order/created'
        ? [
            { webhookId: 'w1', integrationId: 'i1' },
            { webhookId: 'w2', integrationId: 'i1' },
            { webhookId: 'w3', integrationId: 'i2' },
          ]
        : [],
  };

  it('are one for each event and subscriber, events first, with the bytes as they came', () => {
    const { events } = assignOrganizations([event(7), event(8)], new Map());
    const traceParentOf = (of: OwnedEvent, count: number) =>
      `trace of ${of.event.record.offset}, ${count} messages`;
    const messages = messagesOf(events, subscribers, traceParentOf);
    expect(messages.map(({ offset, webhookId, queueId }) => [offset, webhookId, queueId])).toEqual([
      ['7', 'w1', 'i1'],
      ['7', 'w2', 'i1'],
      ['7', 'w3', 'i2'],
      ['8', 'w1', 'i1'],
      ['8', 'w2', 'i1'],
      ['8', 'w3', 'i2'],
    ]);
    expect(messages[0]).toEqual({
      queueId: 'i1',
      messageId: messageIdOf(record(7), 'w1'),
      webhookId: 'w1',
      organizationId: 'o1',
      type: 'order/created',
      partition: 2,
      offset: '7',
      body: Buffer.from('{"n":7}'),
      traceParent: 'trace of 7, 3 messages',
    });
    expect(new Set(messages.map(({ messageId }) => messageId)).size).toBe(6);
  });

  it('are none where nobody subscribed', () => {
    const items = [
      event(1, { organization: { by: 'record', organizationId: 'o2' } }),
      event(2, { type: 'order/completed' }),
    ];
    const { events } = assignOrganizations(items, new Map());
    const asked: unknown[] = [];
    const traceParentOf = (...args: unknown[]): null => {
      asked.push(args);
      return null;
    };
    expect(messagesOf(events, subscribers, traceParentOf)).toEqual([]);
    expect(asked).toEqual([]);
  });
});

it('a record that cannot be stored becomes a dead letter that says why', () => {
  expect(notStorable(event(1), 'invalid byte sequence')).toEqual({
    kind: 'dead_letter',
    record: record(1),
    reason: 'not_storable',
    detail: 'invalid byte sequence',
  });
});
