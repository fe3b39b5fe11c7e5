import { CRASH_POINTS } from '@app/testing';
import { describe, expect, it } from 'vitest';
import { CrashWalk } from './crash-walk.js';

describe('kill -9', () => {
  it('at every point, and again where the next process is, loses and doubles nothing', async () => {
    await expect(
      CrashWalk.along(() => CRASH_POINTS.flatMap((point) => [point, point])),
    ).resolves.toBeUndefined();
  });

  it('at every step of an orderly end loses and doubles nothing', async () => {
    await expect(
      CrashWalk.along((steps) => {
        expect(steps.length).toBeGreaterThan(10);
        return steps.map((shutdownStep) => ({ shutdownStep }));
      }),
    ).resolves.toBeUndefined();
  });
});
