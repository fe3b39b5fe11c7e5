import { describe, expect, it } from 'vitest';
import { isDatabaseAway, isDatabaseBusy } from './database-faults.js';

const coded = (code: string) => Object.assign(new Error('why'), { code });

describe('a fault of the database', () => {
  it.each([
    coded('ECONNREFUSED'),
    coded('ECONNRESET'),
    coded('08006'),
    coded('57P01'),
    coded('57P03'),
    new Error('Connection terminated unexpectedly'),
    new Error('Connection terminated due to connection timeout'),
  ])('is that it is away: %s', (error) => {
    expect([isDatabaseAway(error), isDatabaseBusy(error)]).toEqual([true, false]);
  });

  it('is that its connections are used up', () => {
    const error = new Error('timeout exceeded when trying to connect');
    expect([isDatabaseAway(error), isDatabaseBusy(error)]).toEqual([false, true]);
  });

  it.each([coded('42P01'), coded('57014'), coded('53300'), new Error('why'), 'ECONNREFUSED'])(
    'is neither: %s',
    (error) => {
      expect([isDatabaseAway(error), isDatabaseBusy(error)]).toEqual([false, false]);
    },
  );
});
