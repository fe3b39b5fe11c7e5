import type { Scenario } from './scenario.js';
import { LOOK_UP_NOTE, measureLookUp } from './subscribers-look-up.js';
import { CREATES_NOTE, measureCreates } from './subscription-creates.js';

export const SUBSCRIPTIONS: Scenario = {
  name: 'subscriptions',
  about: 'creates per second, and the cost of the look-up of subscribers',
  note: `${CREATES_NOTE}. ${LOOK_UP_NOTE}`,
  run: async (stage) => [...(await measureCreates(stage)), ...(await measureLookUp(stage))],
};
