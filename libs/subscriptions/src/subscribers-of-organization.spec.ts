import { describe, expect, it } from 'vitest';
import { SubscribersOfOrganization, type Subscription } from './subscribers-of-organization.js';

const subscription = (webhookId: string, change: Partial<Subscription> = {}): Subscription => ({
  webhookId,
  integrationId: 'i',
  type: null,
  createdAt: 0,
  ...change,
});

const ids = (
  subscriptions: readonly Subscription[],
  producedAt: number,
  { type = 'order/created', toleranceMs = 100 } = {},
) =>
  new SubscribersOfOrganization('v', subscriptions)
    .of(type as 'order/created', producedAt, toleranceMs)
    .map(({ webhookId }) => webhookId);

describe('the subscribers of an organization', () => {
  it('are those of the type and of every type, in the order given', () => {
    const all = [
      subscription('z', { type: 'order/created' }),
      subscription('every'),
      subscription('other', { type: 'order/updated' }),
      subscription('a', { type: 'order/created' }),
    ];
    expect(ids(all, 0)).toEqual(['z', 'every', 'a']);
    expect(ids(all, 0, { type: 'order/updated' })).toEqual(['every', 'other']);
    expect(ids([], 0)).toEqual([]);
  });

  it('get what was produced up to the tolerance before their creation, and nothing older', () => {
    const all = [subscription('w', { createdAt: 1_000 })];
    expect(ids(all, 899)).toEqual([]);
    expect(ids(all, 900)).toEqual(['w']);
    expect(ids(all, 901)).toEqual(['w']);
    expect(ids(all, 999, { toleranceMs: 0 })).toEqual([]);
    expect(ids(all, 1_000, { toleranceMs: 0 })).toEqual(['w']);
  });

  it('are told apart by their age: the older gets what the younger does not', () => {
    const all = [
      subscription('young', { createdAt: 2_000 }),
      subscription('old', { createdAt: 1_000 }),
      subscription('other', { createdAt: 3_000, type: 'order/updated' }),
    ];
    expect(ids(all, 899)).toEqual([]);
    expect(ids(all, 1_899)).toEqual(['old']);
    expect(ids(all, 1_900)).toEqual(['young', 'old']);
    expect(ids(all, 5_000)).toEqual(['young', 'old']);
  });

  it('get what was produced at any time', () => {
    const all = [subscription('w', { createdAt: 8.64e15 })];
    expect(ids(all, Infinity)).toEqual(['w']);
    expect(ids(all, 0)).toEqual([]);
  });

  it('may be as many as there are', () => {
    const all = Array.from({ length: 300_000 }, (_, n) => subscription(`${n}`));
    expect(ids(all, 0)).toHaveLength(all.length);
  });
});
