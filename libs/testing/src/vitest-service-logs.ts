import { afterEach, beforeEach } from 'vitest';
import { runningServices } from './service/running-services.js';

// A setup file of the tier that runs the service: what it last said is what explains a failure.
beforeEach(() => runningServices.forgetEnded());
afterEach(({ task }) => {
  if (task.result?.state !== 'fail') return;
  for (const tail of runningServices.tails()) process.stderr.write(`\n${task.name}: ${tail}\n`);
});
