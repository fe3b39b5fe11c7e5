/**
 * Loaded into a service by `--import` (see `crashingAt`): ends or stops the process the moment it reaches a
 * point for the n-th time. The signal to itself takes effect before the next instruction.
 */
import { subscribe } from 'node:diagnostics_channel';

const { CRASH_CHANNEL = '', CRASH_STEP = '', CRASH_HIT, CRASH_SIGNAL } = process.env;
let left = Number(CRASH_HIT);

subscribe(CRASH_CHANNEL, (message) => {
  if (CRASH_STEP !== '' && message !== CRASH_STEP) return;
  left -= 1;
  if (left === 0) process.kill(process.pid, CRASH_SIGNAL);
});
