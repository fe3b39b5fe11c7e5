import { describe, expect, it } from 'vitest';
import { createLogger } from '../logging/create-logger.js';
import { runBootSteps } from './boot-steps.js';
import { BootStepError } from './lifecycle.errors.js';

describe('runBootSteps', () => {
  it('runs the steps in order, tells of each, and stops at the first that fails', async () => {
    const written: string[] = [];
    const output = { write: (line: string) => void written.push(line) };
    const logger = createLogger({ level: 'info', format: 'json' }, output);
    const ran: string[] = [];
    const cause = new Error('no such role');
    const start = runBootSteps(logger, [
      { name: 'read', run: () => void ran.push('read') },
      { name: 'migrate', run: () => Promise.reject(cause) },
      { name: 'serve', run: () => void ran.push('serve') },
    ]);
    const error = await start.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(BootStepError);
    expect(error).toMatchObject({
      step: 'migrate',
      cause,
      message: 'The start failed at "migrate": no such role',
    });
    expect(ran).toEqual(['read']);
    expect(written.map((line): unknown => JSON.parse(line))).toMatchObject([
      { event: 'boot_step.started', step: 'read', position: '1/3' },
      { event: 'boot_step.finished', step: 'read', durationMs: expect.any(Number) },
      { event: 'boot_step.started', step: 'migrate', position: '2/3' },
    ]);
  });
});
