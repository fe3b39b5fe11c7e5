import type { IncomingHttpHeaders } from 'node:http';

/** A request as the receiver saw it. Times are of `performance.now()`, hence monotonic, in ms. */
export interface ReceivedRequest {
  /** Counts the requests of this receiver from 0, in the order in which their bodies ended. */
  readonly index: number;
  readonly method: string;
  /** Path with query, as it stood in the request line. */
  readonly path: string;
  /** Names and values in turn, with the case and order of the wire. */
  readonly rawHeaders: readonly string[];
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Counts the connections of this receiver from 0, in the order in which they were opened. */
  readonly connection: number;
  /** When the head had arrived. */
  readonly startedAt: number;
  /** Just before the last byte of the answer went out, or when the connection closed; else null. */
  readonly endedAt: number | null;
  /** True when the connection closed before the answer had ended. */
  readonly wasCutOff: boolean;
  /** Of the answer that was written whole; null where none was. */
  readonly status: number | null;
}

/**
 * Pairs of requests that ran at the same time although they have the same key (a path, a queue).
 * The later one started before the earlier one had ended.
 */
export function findOverlaps(
  requests: readonly ReceivedRequest[],
  keyOf: (request: ReceivedRequest) => string = (request) => request.path,
): [ReceivedRequest, ReceivedRequest][] {
  const overlaps: [ReceivedRequest, ReceivedRequest][] = [];
  const lastByKey = new Map<string, ReceivedRequest>();
  for (const request of [...requests].sort((a, b) => a.startedAt - b.startedAt)) {
    const key = keyOf(request);
    const last = lastByKey.get(key);
    if (last !== undefined && request.startedAt < endOf(last)) overlaps.push([last, request]);
    if (last === undefined || endOf(request) >= endOf(last)) lastByKey.set(key, request);
  }
  return overlaps;
}

function endOf(request: ReceivedRequest): number {
  return request.endedAt ?? Infinity;
}
