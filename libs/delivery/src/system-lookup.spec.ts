import type { LookupAddress } from 'node:dns';
import { expect, it } from 'vitest';
import { SystemLookup } from './system-lookup.js';

const FOUND: LookupAddress[] = [{ address: '10.0.0.7', family: 4 }];

/** A system that answers when it is told to. */
function fakeSystem() {
  const asked: string[] = [];
  const answers: Array<() => void> = [];
  const ask = (host: string): Promise<LookupAddress[]> => {
    asked.push(host);
    return new Promise((resolve) => answers.push(() => resolve(FOUND)));
  };
  return { asked, ask, answerNext: () => answers.shift()?.() };
}

it('asks for two names at a time, the others in their turn', async () => {
  const { asked, ask, answerNext } = fakeSystem();
  const lookup = new SystemLookup({ giveUpMs: 5000, ask });
  const found = ['a', 'b', 'c'].map((host) => lookup.resolve(host));
  expect(asked).toEqual(['a', 'b']);

  answerNext();

  expect(await found[0]).toEqual(FOUND);
  expect(asked).toEqual(['a', 'b', 'c']);
  answerNext();
  answerNext();
  expect(await Promise.all(found)).toEqual([FOUND, FOUND, FOUND]);
});

it('gives up in time, and asks no more than two although those two go on', async () => {
  const { asked, ask } = fakeSystem();
  const lookup = new SystemLookup({ giveUpMs: 30, ask });

  const outcomes = await Promise.allSettled(['a', 'b', 'c'].map((host) => lookup.resolve(host)));

  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  await expect(lookup.resolve('d')).rejects.toMatchObject({ code: 'ETIMEOUT' });
  expect(asked).toEqual(['a', 'b']);
});

it('forgets a name whose turn had not come when it was given up', async () => {
  const { asked, ask, answerNext } = fakeSystem();
  const lookup = new SystemLookup({ giveUpMs: 30, ask });
  await Promise.allSettled(['a', 'b', 'c'].map((host) => lookup.resolve(host)));

  answerNext();
  const found = lookup.resolve('d');
  await expect.poll(() => asked).toEqual(['a', 'b', 'd']);
  answerNext();
  answerNext();

  expect(await found).toEqual(FOUND);
});
