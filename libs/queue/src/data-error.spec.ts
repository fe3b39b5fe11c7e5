import { QueryFailedError } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { isDataError } from './data-error.js';

const failed = (code: unknown, constraint: string | undefined = 'a_constraint'): QueryFailedError =>
  new QueryFailedError(
    'SELECT 1',
    [],
    Object.assign(new Error('23505 22P02'), { code, constraint }),
  );

describe('the question whose fault a failed statement is', () => {
  it.each(['22001', '22021', '22P02', '23502', '23505', '23514'])('is the data: %s', (code) => {
    expect(isDataError(failed(code))).toBe(true);
  });

  it.each(['08006', '40001', '40P01', '42P01', '53300', '55P03', '57014', '57P01', 'ECONNRESET'])(
    'is not the data: %s',
    (code) => {
      expect(isDataError(failed(code))).toBe(false);
    },
  );

  it('is not the data where the partition of a day is missing', () => {
    const error = Object.assign(new Error('no partition'), { code: '23514' });
    expect(isDataError(new QueryFailedError('SELECT 1', [], error))).toBe(false);
  });

  it('is decided by the code, never by the message', () => {
    expect(isDataError(failed(undefined))).toBe(false);
    expect(isDataError(failed(23505))).toBe(false);
    expect(isDataError(Object.assign(new Error('22001'), { code: '22001' }))).toBe(false);
    expect(isDataError('22001')).toBe(false);
  });
});
