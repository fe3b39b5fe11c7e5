import { describe, expect, it } from 'vitest';
import { createLogger } from './create-logger.js';
import { endProcess } from './end-process.js';

describe('endProcess', () => {
  it('says why in a last line and exits with 1 only when that is out', async () => {
    const happened: string[] = [];
    const output = {
      write: (line: string) => void happened.push(line),
      flush: (done: () => void) => {
        happened.push('flushed');
        done();
      },
    };
    const logger = createLogger({ level: 'info', format: 'json' }, output);
    const crash = new Error('group is gone', { cause: new Error('ECONNRESET') });
    await endProcess(logger, 'the consumer crashed', crash, (code) =>
      happened.push(`exit ${code}`),
    );
    expect(happened.slice(1)).toEqual(['flushed', 'exit 1']);
    expect(JSON.parse(happened[0] ?? '')).toMatchObject({
      level: 'fatal',
      event: 'process.ended',
      message: 'The process ends: the consumer crashed',
      error: { message: 'group is gone', cause: { message: 'ECONNRESET' } },
    });
  });
});
