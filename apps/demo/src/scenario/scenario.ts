import { account } from './account.js';
import { everyType } from './every-type.js';
import { forgedRequest } from './forged-request.js';
import { outage, recovery } from './outage.js';
import { ownership } from './ownership.js';
import { removal } from './removal.js';
import { skipping } from './skipping.js';
import type { Stage, Step, Verdict } from './step.js';
import { unblocking } from './unblocking.js';

/** The demonstration, from top to bottom. */
export const SCENARIO: readonly Step[] = [
  ownership,
  everyType,
  forgedRequest,
  outage,
  recovery,
  unblocking,
  skipping,
  removal,
  account,
];

/** One line of the summary; without a verdict where the step was not finished. */
export interface Expectation {
  readonly sentence: string;
  readonly verdict: Verdict | undefined;
}

/** Plays the steps. @throws what a step throws, after `expectations` got a line for everything. */
export async function play(
  stage: Stage,
  expectations: Expectation[],
  steps: readonly Step[] = SCENARIO,
): Promise<void> {
  let failure: { readonly error: unknown } | undefined;
  for (const step of steps) {
    let verdicts: Readonly<Record<string, Verdict>> = {};
    if (!failure) {
      stage.output.heading(step.title);
      try {
        verdicts = await step.run(stage);
      } catch (error) {
        failure = { error };
      }
    }
    for (const [id, sentence] of Object.entries(step.expectations)) {
      expectations.push({ sentence, verdict: verdicts[id] });
    }
  }
  if (failure) throw failure.error;
}
