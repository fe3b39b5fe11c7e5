import type { KafkaRecordHeaders } from '@app/events';
import { describe, expect, it } from 'vitest';
import { traceOfRecord } from './record-trace.js';

const TEXT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const PARENT = {
  traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  spanId: '00f067aa0ba902b7',
  traceFlags: 1,
};
const traceparent = Buffer.from(TEXT);

describe('the trace of a record', () => {
  it('is what its headers say, as bytes or text', () => {
    expect(traceOfRecord({ traceparent })).toEqual({ parent: PARENT, state: '' });
    expect(traceOfRecord({ traceparent: TEXT, tracestate: 'a=1' })).toEqual({
      parent: PARENT,
      state: 'a=1',
    });
    expect(traceOfRecord({ traceparent: [traceparent] })?.parent).toEqual(PARENT);
  });

  it('has one state, in however many headers it came', () => {
    const tracestate = [Buffer.from('a=1'), Buffer.from('b=2')];
    expect(traceOfRecord({ traceparent, tracestate })?.state).toBe('a=1,b=2');
  });

  it('keeps its parent where the state is too long to be looked at', () => {
    const tracestate = Buffer.alloc(513, 'a');
    expect(traceOfRecord({ traceparent, tracestate })).toEqual({ parent: PARENT, state: '' });
  });

  it.each<[string, KafkaRecordHeaders]>([
    ['no headers', {}],
    ['a state alone', { tracestate: 'a=1' }],
    ['two parents', { traceparent: [traceparent, traceparent] }],
    ['no parent in the header', { traceparent: [] }],
    ['an empty parent', { traceparent: Buffer.alloc(0) }],
    ['bytes that are no text', { traceparent: Buffer.alloc(55, 0xff) }],
    ['a megabyte', { traceparent: Buffer.alloc(1_000_000, '0') }],
    ['UTF-8 that would be another length as text', { traceparent: Buffer.from(`é${TEXT}`) }],
  ])('is none with %s', (_what, headers) => {
    expect(traceOfRecord(headers)).toBeUndefined();
  });
});
