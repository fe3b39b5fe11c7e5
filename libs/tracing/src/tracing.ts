import type { QueueTracerInterface } from '@app/queue';

/** The traces of this process, also the Nest token. */
export abstract class Tracing {
  abstract readonly tracer: QueueTracerInterface;
  /** Sends what waits, within a second; never rejects. */
  abstract close(): Promise<void>;
}
