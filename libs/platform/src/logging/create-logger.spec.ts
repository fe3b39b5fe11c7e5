import { execFile } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { createLogger } from './create-logger.js';
import type { Logger } from './logger.js';

type Line = Record<string, unknown>;

function recorded(level: 'info' | 'debug' = 'info'): { logger: Logger; lines: () => Line[] } {
  const written: string[] = [];
  const output = { write: (line: string) => void written.push(line) };
  const logger = createLogger({ level, format: 'json' }, output);
  return { logger, lines: () => written.map((line): Line => JSON.parse(line)) };
}

describe('createLogger', () => {
  it('writes time, level and event first, then the component and the facts', () => {
    const { logger, lines } = recorded();
    logger.child('WebhookSender').info('delivery.attempted', { statusCode: 200, durationMs: 3 });
    const [line = {}] = lines();
    expect(line).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      component: 'WebhookSender',
      event: 'delivery.attempted',
      statusCode: 200,
      durationMs: 3,
    });
  });

  it('names the component once, also for a child of a child', () => {
    const written: string[] = [];
    const output = { write: (line: string) => void written.push(line) };
    const root = createLogger({ level: 'info', format: 'json' }, output);
    root.child('outer', { replica: 2 }).child('inner').info('queue.blocked');
    expect(written.join().match(/"component"/g)).toHaveLength(1);
    expect(JSON.parse(written.join())).toMatchObject({ component: 'inner', replica: 2 });
  });

  it('leaves out what is less severe than the level', () => {
    const { logger, lines } = recorded();
    logger.debug('queue.claimed');
    logger.warn('queue.blocked');
    expect(lines().map(({ event }) => event)).toEqual(['queue.blocked']);
    expect([logger.isEnabled('debug'), recorded('debug').logger.isEnabled('debug')]).toEqual([
      false,
      true,
    ]);
  });

  it('writes the stack of an error that nobody expected and not of one that was', () => {
    const { logger, lines } = recorded();
    logger.warn('database.missed', { error: new Error('not there yet') });
    logger.error('outcome.lost', { error: new TypeError('bug') });
    const [missed, lost] = lines();
    expect(missed?.['error']).toEqual({ type: 'Error', message: 'not there yet' });
    expect(lost?.['error']).toMatchObject({
      type: 'TypeError',
      message: 'bug',
      stack: expect.stringContaining('create-logger.spec.ts'),
    });
  });

  it('writes no secret, whether on the line or bound to the component', () => {
    const { logger, lines } = recorded();
    logger.child('cli', { token: 'hunter2' }).info('client.created', { clientSecret: 'hunter2' });
    expect(JSON.stringify(lines())).not.toContain('hunter2');
    expect(lines()[0]).toMatchObject({ token: '[redacted]', clientSecret: '[redacted]' });
  });

  it('writes what could hide or turn round a line as escapes, and says the same', () => {
    const written: string[] = [];
    const output = { write: (line: string) => void written.push(line) };
    const name = 'a\n\u001b[31m\u202eb\u2028c\ufeff{"level":"fatal"}';
    createLogger({ level: 'info', format: 'json' }, output).info('queue.blocked', { name });
    expect(written[0]).toMatch(/^[ -~]+\n$/);
    expect(JSON.parse(written[0] ?? '')).toMatchObject({ level: 'info', name });
  });

  it('writes lines for people on request', () => {
    const written: string[] = [];
    const output = { write: (line: string) => void written.push(line) };
    createLogger({ level: 'info', format: 'pretty' }, output).info('queue.blocked', { depth: 3 });
    expect(written[0]).toMatch(/^\d\d:\d\d:\d\d\.\d{3} INFO {2}queue\.blocked depth=3\n$/);
  });

  it('waits in flush for a destination that writes later', async () => {
    let finish = () => {};
    const output = { write: () => {}, flush: (done: () => void) => void (finish = done) };
    const logger = createLogger({ level: 'info', format: 'json' }, output);
    let flushed = false;
    const flush = logger.flush().then(() => (flushed = true));
    await Promise.resolve();
    expect(flushed).toBe(false);
    finish();
    await flush;
    expect(flushed).toBe(true);
  });

  it('loses no buffered line when the process exits at once', async () => {
    const lines = await linesOfProcess(`
      for (let index = 0; index < 5000; index++) logger.info('line.written', { index });
      process.exit(0);
    `);
    expect(lines).toHaveLength(5_000);
    expect(lines.map(({ index }) => index)).toEqual(Array.from({ length: 5_000 }, (_, i) => i));
  });
});

/** The real standard output: what a process that ends leaves behind can only be seen from outside. */
async function linesOfProcess(body: string): Promise<Line[]> {
  const loader = `
    const { runnerImport } = await import('vite');
    const { module } = await runnerImport(${JSON.stringify(import.meta.dirname)} + '/create-logger.ts',
      { configFile: false, logLevel: 'error' });
    const logger = module.createLogger({ level: 'info', format: 'json' });
    ${body}`;
  const output = await new Promise<string>((resolve, reject) => {
    const options = { maxBuffer: 2 ** 24, cwd: import.meta.dirname };
    execFile(process.execPath, ['--input-type=module', '-e', loader], options, (error, stdout) =>
      error ? reject(error) : resolve(stdout),
    );
  });
  return output
    .trim()
    .split('\n')
    .map((line): Line => JSON.parse(line));
}
