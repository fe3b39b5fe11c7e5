import { randomUUID } from 'node:crypto';
import { TokenRefusedError } from '@app/applications';
import { createTestDatabase, type TestDatabase } from '@app/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  OperatorAuthenticator,
  OperatorBearerQuery,
  OperatorTokensStore,
} from '../../src/index.js';

let database: TestDatabase;
let store: OperatorTokensStore;
let authenticator: OperatorAuthenticator;
beforeAll(async () => {
  database = await createTestDatabase();
  const dataSource = await database.dataSource();
  store = new OperatorTokensStore(dataSource);
  authenticator = new OperatorAuthenticator(new OperatorBearerQuery(dataSource));
});
afterAll(() => database?.drop());

const refusal = (token: string): Promise<string> =>
  authenticator.authenticate(token).then(
    () => 'none',
    (error: unknown) => (error instanceof TokenRefusedError ? error.reason : String(error)),
  );

describe('an operator token', () => {
  it('is known by its prefix, stored as a hash alone, and says who bears it', async () => {
    const { id, token } = await store.create({ name: 'Ada', role: 'viewer' });
    expect(token).toMatch(/^hcop_[\w-]{43}$/);
    const stored = await database.one('SELECT t::text FROM operator_token t WHERE id = $1', [id]);
    expect(JSON.stringify(stored)).not.toContain(token.slice(5));
    expect(await authenticator.authenticate(token)).toEqual({
      name: 'Ada',
      role: 'viewer',
      tokenKey: `operator:${id}`,
    });
  });

  it.each([
    ['an unknown one', `hcop_${'x'.repeat(43)}`, 'it is not known'],
    ['one without its prefix', 'x'.repeat(43), 'it is no operator token'],
    ['one that is too long', `hcop_${'x'.repeat(44)}`, 'it is no operator token'],
    ['a JWT', 'a.b.c', 'it is no operator token'],
  ])('counts only where it is one: %s', async (_, token, reason) => {
    expect(await refusal(token)).toBe(reason);
  });

  it('counts in no other case, and not by its hash', async () => {
    const { token } = await store.create({ name: 'case', role: 'operator' });
    expect(await refusal(`hcop_${token.slice(5).toUpperCase()}`)).toBe('it is not known');
  });

  it('ends when its time is over', async () => {
    const { id, token, expiresAt } = await store.create({
      name: 'for an hour',
      role: 'operator',
      expiresInMs: 3_600_000,
    });
    expect(Number(expiresAt) - Date.now()).toBeGreaterThan(3_500_000);
    expect(await refusal(token)).toBe('none');
    await database.query('UPDATE operator_token SET expires_at = clock_timestamp() WHERE id = $1', [
      id,
    ]);
    expect(await refusal(token)).toBe('it has expired');
    expect((await store.list()).find((each) => each.id === id)).toMatchObject({
      status: 'EXPIRED',
    });
  });

  it('ends when it is revoked, by id or name, once', async () => {
    const first = await store.create({ name: 'Grace', role: 'operator' });
    expect(await store.revoke({ name: 'Grace' })).toMatchObject({
      id: first.id,
      status: 'REVOKED',
    });
    expect(await refusal(first.token)).toBe('it was revoked');
    await expect(store.revoke({ name: 'Grace' })).rejects.toMatchObject({
      code: 'operator_token_not_found',
      message: 'there is no operator token Grace that was not revoked',
    });
    const second = await store.create({ name: 'Grace', role: 'viewer' });
    expect(await refusal(second.token)).toBe('none');
    await store.revoke({ id: second.id });
    expect(await refusal(second.token)).toBe('it was revoked');
    await expect(store.revoke({ id: randomUUID() })).rejects.toMatchObject({
      code: 'operator_token_not_found',
    });
  });

  it('is the only one of its name, also under two who give it out at once', async () => {
    const attempts = [1, 2, 3, 4].map(() => store.create({ name: 'Linus', role: 'operator' }));
    const outcomes = await Promise.allSettled(attempts);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const [refused] = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(refused?.reason).toMatchObject({ code: 'operator_name_taken' });
  });
});
