import { createLogger } from '@app/platform';
import { waitFor } from '@app/testing';
import { describe, expect, it } from 'vitest';
import { ExpiredTokens } from './expired-tokens.js';

/** A store that gives these results, one after the other, and 0 from then on. */
function scene(intervalMs: number, results: readonly (number | Error)[]) {
  const left = [...results];
  const lines: string[] = [];
  const asked = { times: 0 };
  const store = {
    deleteExpired: async (): Promise<number> => {
      asked.times += 1;
      const result = left.shift() ?? 0;
      if (result instanceof Error) throw result;
      return result;
    },
  };
  const output = { write: (line: string) => void lines.push(line) };
  const logger = createLogger({ level: 'info', format: 'json' }, output);
  const events = () => lines.map((line) => (JSON.parse(line) as { event: string }).event);
  return { tokens: new ExpiredTokens(store, logger, intervalMs), asked, events };
}

describe('ExpiredTokens', () => {
  it('deletes at once, and again and again, whatever becomes of it', async () => {
    const { tokens, asked, events } = scene(1, [2, new Error('the database is away'), 1]);
    tokens.start();
    await waitFor(() => asked.times > 3);
    await tokens.stop();
    expect(events()).toEqual(['tokens.deleted', 'tokens.not_deleted', 'tokens.deleted']);
  });

  it('deletes nothing any more once it is stopped', async () => {
    const { tokens, asked } = scene(1, []);
    tokens.start();
    await tokens.stop();
    const { times } = asked;
    // Timers fire in the order of their times: a later one than any that were left has passed.
    const later = scene(2, []);
    later.tokens.start();
    await waitFor(() => later.asked.times > 3);
    await later.tokens.stop();
    expect(asked.times).toBe(times);
  });
});
