import { describe, expect, it } from 'vitest';
import { connectionFailure } from './connection-failure.js';

const URL_OF = 'postgres://user:hunter2@db.example:5432/web%20hooks?application_name=x';
const coded = (code: string, message = `${code} hunter2`) =>
  Object.assign(new Error(message), { code });

describe('connectionFailure', () => {
  it.each([
    [coded('ECONNREFUSED'), 'nothing listens there (connection refused)'],
    [coded('ENOTFOUND'), 'there is no host of that name'],
    [new AggregateError([coded('ECONNREFUSED')]), 'nothing listens there (connection refused)'],
    [new Error('timeout expired'), 'it does not answer'],
    [new Error('Connection terminated due to connection timeout'), 'it does not answer'],
    [coded('28P01', 'password authentication failed'), 'password authentication failed'],
  ])('says why there is no session: %s', (error, reason) => {
    const { message, code } = connectionFailure(URL_OF, error);
    expect(code).toBe('database_unavailable');
    expect(message).toContain(`PostgreSQL at db.example:5432, database "web hooks": ${reason};`);
    expect(message).not.toMatch(/hunter2|user/);
  });

  it('names a socket where the URL has no host', () => {
    const { message } = connectionFailure('postgres:///webhooks', coded('ENOENT', 'no socket'));
    expect(message).toContain('PostgreSQL at the local socket, database "webhooks": no socket');
  });
});
