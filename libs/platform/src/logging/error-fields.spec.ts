import { describe, expect, it } from 'vitest';
import { errorFields } from './error-fields.js';

class QueryFailedError extends Error {
  readonly query = 'INSERT … $1';
  readonly parameters = ['hunter2'];
  readonly code = '23505';
}

describe('errorFields', () => {
  it('names type, message and code and copies nothing else', () => {
    expect(errorFields(new QueryFailedError('duplicate key'), false)).toEqual({
      type: 'QueryFailedError',
      message: 'duplicate key',
      code: '23505',
    });
  });

  it('follows the chain of causes, and a circle of them only so far', () => {
    const inner = new Error('ECONNREFUSED');
    const outer = new Error('database', { cause: inner });
    expect(errorFields(outer, false).cause).toEqual({ type: 'Error', message: 'ECONNREFUSED' });
    inner.cause = outer;
    expect(JSON.stringify(errorFields(outer, false)).match(/"cause"/g)).toHaveLength(5);
  });

  it('shows the errors of an aggregate, whose own message is empty', () => {
    const refused = new AggregateError([new Error('::1 refused'), new Error('127.0.0.1 refused')]);
    expect(errorFields(refused, false).errors?.map(({ message }) => message)).toEqual([
      '::1 refused',
      '127.0.0.1 refused',
    ]);
  });

  it('keeps the frames of a stack without repeating the message', () => {
    const { stack } = errorFields(new Error('said once'), true);
    expect(stack).toMatch(/^ {4}at .*error-fields\.spec\.ts/);
    expect(stack).not.toContain('said once');
  });

  it('describes what is thrown without being an error, but not the content of an object', () => {
    expect(errorFields('text', true)).toEqual({ type: 'string', message: 'text' });
    expect(errorFields({ body: 'hunter2' }, true).message).toBe('a thrown Object');
    expect(errorFields(Object.create(null), true).message).toBe('a thrown object');
    expect(errorFields(null, true).message).toBe('null');
  });
});
