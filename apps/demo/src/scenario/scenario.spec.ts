import { describe, expect, it } from 'vitest';
import { Output } from '../output.js';
import { allHeld, showSummary } from '../summary.js';
import { play, type Expectation } from './scenario.js';
import type { Stage, Step, Verdict } from './step.js';

let text = '';
const output = new Output({ write: (part: string) => (text += part) }, {});
// Steps of this spec look at nothing but the output.
const stage = { output } as Stage;

const step = (title: string, run: () => Promise<Record<'it', Verdict>>): Step<'it'> => ({
  title,
  expectations: { it: `${title} holds` },
  run,
});

describe('a scenario', () => {
  it('holds when every expectation of every step held', async () => {
    const expectations: Expectation[] = [];
    await play(stage, expectations, [step('one', async () => ({ it: true }))]);
    expect(allHeld(expectations)).toBe(true);
  });

  it('goes on after an expectation that did not hold, and shows what was there', async () => {
    const expectations: Expectation[] = [];
    const steps = [
      step('one', async () => ({ it: 'it was blue' })),
      step('two', async () => ({ it: true })),
    ];
    await play(stage, expectations, steps);
    expect(allHeld(expectations)).toBe(false);
    text = '';
    showSummary(output, expectations);
    expect(text).toMatch(/one holds +NOT HELD: it was blue\n +two holds +held\n\n1 of 2/);
  });

  it('stops at a step that fails, with a line for everything that was not reached', async () => {
    const expectations: Expectation[] = [];
    const steps = [
      step('one', () => Promise.reject(new Error('waited in vain'))),
      step('two', async () => ({ it: true })),
    ];
    await expect(play(stage, expectations, steps)).rejects.toThrow('waited in vain');
    expect(expectations.map(({ verdict }) => verdict)).toEqual([undefined, undefined]);
  });

  it('does not hold when nothing was expected', () => {
    expect(allHeld([])).toBe(false);
  });
});
