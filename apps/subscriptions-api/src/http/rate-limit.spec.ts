import { createLogger, systemClock } from '@app/platform';
import type { Response } from 'express';
import { describe, expect, it } from 'vitest';
import type { ApiRequest } from './api-request.js';
import { bearerRateLimit } from './rate-limit.js';

const logger = createLogger({ level: 'fatal', format: 'json' }, { write: () => undefined });

/** What comes of a request that cannot be counted: `next`, or the status of its answer. */
async function outcomeOf(fault: Error) {
  const limits = { count: () => Promise.reject(fault) };
  const countedBy = () => ({ requestId: 'r', tokenKey: 'app:i' });
  const { count } = bearerRateLimit({ limits, clock: systemClock, logger, countedBy });
  const request = { headers: {} } as unknown as ApiRequest;
  const headers = new Map<string, unknown>();
  const outcome = { status: 0, next: false, headers };
  const response = {
    setHeader: (name: string, value: unknown) => void headers.set(name, value),
    status: (status: number) => {
      outcome.status = status;
      return { json: () => undefined };
    },
  };
  await count(request, response as unknown as Response, () => (outcome.next = true));
  return outcome;
}

describe('a request that cannot be counted', () => {
  it('goes on while the database is away', async () => {
    const away = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    expect(await outcomeOf(away)).toMatchObject({ next: true, status: 0 });
  });

  it('is put off where all connections are in use: whoever brings that about stays limited', async () => {
    const { next, status, headers } = await outcomeOf(
      new Error('timeout exceeded when trying to connect'),
    );
    expect({ next, status }).toEqual({ next: false, status: 503 });
    expect(headers.get('Retry-After')).toBe('5');
  });
});
