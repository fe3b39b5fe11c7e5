import { describe, expect, it } from 'vitest';
import { readEnvelope } from './read-envelope.js';

const read = (text: string) => readEnvelope(Buffer.from(text));

describe('readEnvelope', () => {
  it('gives the header, the order of its keys, and the very bytes of the body', () => {
    const envelope = read('{"header":{"b":"}\\"{","a":"é"},"body":{ "x" : 10.00, "é":"😀" }}');

    expect(envelope.header).toEqual({ b: '}"{', a: 'é' });
    expect(envelope.headerKeys).toEqual(['b', 'a']);
    expect(envelope.body.toString('utf8')).toBe('{ "x" : 10.00, "é":"😀" }');
  });

  it.each([
    '{"body":1,"header":{}}',
    '{"header":{}, "body":1}',
    '{ "header":{},"body":1}',
    '{"header":{},"body":1} ',
    '{"header":{},"body":1',
    '{"header":{},"body":}',
    '{"header":{"a":{}},"body":1}',
    '{"header":[],"body":1}',
  ])('refuses %s', (text) => {
    expect(() => read(text)).toThrow(Error);
  });
});
