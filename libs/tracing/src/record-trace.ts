import type { KafkaRecordHeaders } from '@app/events';
import { readTraceParent, type TraceParent } from './trace-parent.js';

export interface RecordTrace {
  readonly parent: TraceParent;
  /** As it came, empty where none did; who uses it drops what is not valid. */
  readonly state: string;
}

/** Bytes of a `tracestate` that is looked at; the W3C asks for 512 to be taken. */
const MAX_STATE_BYTES = 512;

/**
 * The trace a producer put into a record's headers. What is not valid is a record without a trace,
 * and never a fault: headers come from anybody, and no event may be lost over one.
 */
export function traceOfRecord(headers: KafkaRecordHeaders): RecordTrace | undefined {
  const [only, ...others] = textsOf(headers, 'traceparent');
  // Which of two would be meant?
  if (only === undefined || others.length > 0) return undefined;
  const parent = readTraceParent(only);
  return parent && { parent, state: stateOf(headers) };
}

/** One that comes in several headers is one list (W3C Trace Context 3.3). */
function stateOf(headers: KafkaRecordHeaders): string {
  const state = textsOf(headers, 'tracestate').join(',');
  return state.length > MAX_STATE_BYTES ? '' : state;
}

/** Latin-1 has a character for every byte, so nothing is mistaken for something else. */
function textsOf(headers: KafkaRecordHeaders, name: string): string[] {
  const values = headers[name] ?? [];
  const list = typeof values === 'string' || Buffer.isBuffer(values) ? [values] : [...values];
  return list.map((value) => (typeof value === 'string' ? value : value.toString('latin1')));
}
