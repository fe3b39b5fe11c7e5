/** The header `traceparent` of W3C Trace Context, taken apart. */
export interface TraceParent {
  /** 32 and 16 lower-case hexadecimal digits, not all of them 0. */
  readonly traceId: string;
  readonly spanId: string;
  /** Bit 0: whoever began the trace records it. */
  readonly traceFlags: number;
}

/** `00-<trace id>-<span id>-<flags>`. */
const FORMAT = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$/;

/**
 * Reads version 00 and nothing else: what is stored and sent on is written anew from its parts, so no
 * byte of a producer's header gets into a request. Undefined for what is not exactly that.
 */
export function readTraceParent(text: string): TraceParent | undefined {
  const [, traceId, spanId, flags] = FORMAT.exec(text) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) };
}

export function writeTraceParent({ traceId, spanId, traceFlags }: TraceParent): string {
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
}
