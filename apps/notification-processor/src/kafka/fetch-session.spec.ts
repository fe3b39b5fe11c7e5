import { describe, expect, it } from 'vitest';
import { FetchSession, type FetchedTopic } from './fetch-session.js';

const topic = (name: string, offsets: Readonly<Record<number, number>>): FetchedTopic => ({
  topic: name,
  partitions: Object.entries(offsets).map(([partition, offset]) => ({
    partition: Number(partition),
    fetchOffset: String(offset),
    maxBytes: 100,
  })),
});

const both = [topic('a', { 0: 5, 1: 6 }), topic('b', { 0: 7 })];

function established(): FetchSession {
  const session = new FetchSession();
  session.next(both);
  session.answered({ errorCode: 0, sessionId: 42 });
  return session;
}

describe('a fetch session', () => {
  it('begins with all that is wanted', () => {
    expect(new FetchSession().next(both)).toEqual({
      sessionId: 0,
      sessionEpoch: 0,
      topics: both,
      forgottenTopics: [],
    });
  });

  it('names nothing as long as nothing changes, and counts its requests', () => {
    const session = established();
    const nothing = { sessionId: 42, topics: [], forgottenTopics: [] };
    expect(session.next(both)).toEqual({ ...nothing, sessionEpoch: 1 });
    session.answered({ errorCode: 0, sessionId: 42 });
    expect(session.next(both)).toEqual({ ...nothing, sessionEpoch: 2 });
  });

  it('names partitions that are wanted from another offset, or in other amounts', () => {
    const session = established();
    const moved = [topic('a', { 0: 5, 1: 8 }), topic('b', { 0: 7 })];
    expect(session.next(moved).topics).toEqual([topic('a', { 1: 8 })]);
    session.answered({ errorCode: 0, sessionId: 42 });
    const smaller = { topic: 'b', partitions: [{ partition: 0, fetchOffset: '7', maxBytes: 1 }] };
    expect(session.next([topic('a', { 0: 5, 1: 8 }), smaller]).topics).toEqual([smaller]);
  });

  it('names what is not wanted any more, and what is wanted again', () => {
    const session = established();
    expect(session.next([topic('a', { 1: 6 })])).toMatchObject({
      topics: [],
      forgottenTopics: [
        { topic: 'a', partitions: [0] },
        { topic: 'b', partitions: [0] },
      ],
    });
    session.answered({ errorCode: 0, sessionId: 42 });
    expect(session.next(both)).toMatchObject({
      topics: [topic('a', { 0: 5 }), topic('b', { 0: 7 })],
      forgottenTopics: [],
    });
  });

  it.each([
    ['the broker has lost it', { errorCode: 70, sessionId: 0 }],
    ['the broker counted otherwise', { errorCode: 71, sessionId: 42 }],
    ['the broker has no place for it', { errorCode: 0, sessionId: 0 }],
    ['the broker knows none', {}],
  ])('begins anew where %s', (_, answer) => {
    const session = established();
    session.next(both);
    session.answered(answer);
    // The number lets the broker drop what it may still have.
    expect(session.next(both)).toEqual({
      sessionId: 42,
      sessionEpoch: 0,
      topics: both,
      forgottenTopics: [],
    });
  });

  it('begins anew after a request that was not answered', () => {
    const session = established();
    session.next([topic('a', { 0: 9, 1: 9 })]);
    session.restart();
    expect(session.next(both)).toMatchObject({ sessionEpoch: 0, topics: both });
  });
});
