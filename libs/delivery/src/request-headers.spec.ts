import { describe, expect, it } from 'vitest';
import { requestHeaders } from './request-headers.js';

const OWN = ['Content-Type', 'application/json', 'x-happycolis-webhook-signature', 'c2ln'];
const AGENT = ['User-Agent', 'ours/1'];

function headers(
  custom: Record<string, string>,
  marks: Record<string, string> = {},
  standard: Record<string, string> = {},
): string[] {
  return requestHeaders({ signature: 'c2ln', standard, userAgent: 'ours/1', marks, custom });
}

describe('requestHeaders', () => {
  it('are the own ones, the marks and the custom ones, in this order', () => {
    expect(headers({ 'X-B': '2', 'x-a': '1' }, { 'x-happycolis-test': 'true' })).toEqual([
      ...OWN,
      ...AGENT,
      'x-happycolis-test',
      'true',
      'X-B',
      '2',
      'x-a',
      '1',
    ]);
  });

  it('have those of Standard Webhooks behind the signature', () => {
    expect(headers({}, {}, { 'webhook-id': '1' })).toEqual([...OWN, 'webhook-id', '1', ...AGENT]);
  });

  it('name the user agent that the subscription names', () => {
    expect(headers({ 'USER-agent': 'theirs' })).toEqual([...OWN, 'USER-agent', 'theirs']);
  });

  it.each([
    ['traceparent', {}],
    ['traceparent', { tracestate: 'b=1' }],
    ['TraceParent', { TraceState: 'b=1' }],
  ])('leave out both trace marks for a custom %s', (name, more) => {
    const marks = { traceparent: 'ours', tracestate: 'a=1' };

    expect(headers({ [name]: 'theirs', ...more }, marks)).toEqual([
      ...OWN,
      ...AGENT,
      name,
      'theirs',
      ...Object.entries(more).flat(),
    ]);
  });

  it('leave out a mark whatever its case', () => {
    const marks = { TraceParent: 'ours', TraceState: 'a=1' };

    expect(headers({ traceparent: 'theirs' }, marks)).toEqual([
      ...OWN,
      ...AGENT,
      'traceparent',
      'theirs',
    ]);
  });

  it('leave out the mark tracestate alone for a custom one', () => {
    const marks = { traceparent: 'ours', tracestate: 'a=1' };

    expect(headers({ tracestate: 'b=1' }, marks)).toEqual([
      ...OWN,
      ...AGENT,
      'traceparent',
      'ours',
      'tracestate',
      'b=1',
    ]);
  });
});
