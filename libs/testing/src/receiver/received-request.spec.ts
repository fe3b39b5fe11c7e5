import { describe, expect, it } from 'vitest';
import { findOverlaps, type ReceivedRequest } from './received-request.js';

function request(path: string, startedAt: number, endedAt: number | null): ReceivedRequest {
  return {
    index: 0,
    method: 'POST',
    path,
    rawHeaders: [],
    headers: {},
    body: Buffer.alloc(0),
    connection: 0,
    startedAt,
    endedAt,
    wasCutOff: false,
    status: null,
  };
}

describe('findOverlaps', () => {
  it('finds nothing in requests that follow each other, in whatever order they are given', () => {
    expect(findOverlaps([request('/a', 2, 3), request('/a', 0, 1), request('/a', 1, 2)])).toEqual(
      [],
    );
  });

  it('finds a request that started before the one before it had ended', () => {
    const [first, second] = [request('/a', 0, 5), request('/a', 4, 6)];

    expect(findOverlaps([first, second])).toEqual([[first, second]]);
  });

  it('finds every request within a long one', () => {
    const long = request('/a', 0, 10);
    const within = [request('/a', 1, 2), request('/a', 3, 4)];

    expect(findOverlaps([long, ...within])).toEqual(within.map((short) => [long, short]));
  });

  it('takes a request without an end for one that is still running', () => {
    expect(findOverlaps([request('/a', 0, null), request('/a', 100, 101)])).toHaveLength(1);
  });

  it('lets requests of other keys run at the same time', () => {
    const both = [request('/a?q=1', 0, 5), request('/b?q=1', 1, 2)];

    expect(findOverlaps(both)).toEqual([]);
    expect(findOverlaps(both, ({ path }) => path.slice(2))).toHaveLength(1);
  });
});
