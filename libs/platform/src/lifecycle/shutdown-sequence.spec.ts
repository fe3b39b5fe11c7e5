import { describe, expect, it, onTestFinished } from 'vitest';
import { createLogger } from '../logging/create-logger.js';
import { ShutdownSequence } from './shutdown-sequence.js';

type Line = Record<string, unknown>;

function sequence(graceMs = 5_000) {
  const written: string[] = [];
  const exits: number[] = [];
  let ended = () => {};
  const exited = new Promise<void>((resolve) => (ended = resolve));
  const exit = (code: number) => {
    exits.push(code);
    ended();
  };
  const output = { write: (line: string) => void written.push(line) };
  const logger = createLogger({ level: 'info', format: 'json' }, output);
  const shutdown = new ShutdownSequence({ graceMs, logger, exit });
  return { shutdown, exits, exited, lines: () => written.map((line): Line => JSON.parse(line)) };
}

const hangs = () => new Promise<void>(() => {});

describe('ShutdownSequence', () => {
  it('runs its steps once and in order, and tells how long each took', async () => {
    const { shutdown, lines } = sequence();
    const ran: string[] = [];
    shutdown
      .add({ name: 'stop ingest', run: async () => void ran.push('stop ingest') })
      .add({ name: 'close the pool', run: () => void ran.push('close the pool') });
    expect(await Promise.all([shutdown.run('SIGTERM'), shutdown.run('again')])).toEqual([0, 0]);
    expect(ran).toEqual(['stop ingest', 'close the pool']);
    expect(lines()).toMatchObject([
      { event: 'shutdown.started', reason: 'SIGTERM', graceMs: 5_000 },
      { event: 'shutdown_step.finished', step: 'stop ingest', durationMs: expect.any(Number) },
      { event: 'shutdown_step.finished', step: 'close the pool' },
      { event: 'shutdown.finished', failedSteps: 0 },
    ]);
  });

  it('goes on after a step that fails and after one that is late, and ends with 1', async () => {
    const { shutdown, lines } = sequence();
    let told = false;
    const late = (signal: AbortSignal) => {
      signal.addEventListener('abort', () => (told = true));
      return hangs();
    };
    let closed = false;
    shutdown
      .add({ name: 'fails', run: () => Promise.reject(new Error('boom')) })
      .add({ name: 'throws', run: () => expect.unreachable() })
      .add({ name: 'late', run: late, limitMs: 10 })
      .add({ name: 'close', run: () => void (closed = true) });
    expect(await shutdown.run('SIGTERM')).toBe(1);
    expect([told, closed]).toEqual([true, true]);
    const failed = lines().filter(({ event }) => event === 'shutdown_step.failed');
    expect(failed.map(({ step }) => step)).toEqual(['fails', 'throws', 'late']);
  });

  it('lets no step use up what is reserved for the ones after it', async () => {
    const { shutdown, lines } = sequence(800);
    let left: number | undefined;
    const started = performance.now();
    shutdown
      .add({ name: 'finish in flight', run: hangs })
      .add({ name: 'release', run: () => void (left = 800 - (performance.now() - started)) });
    expect(await shutdown.run('SIGTERM')).toBe(1);
    expect(left).toBeGreaterThan(0);
    expect(lines().at(-2)).toMatchObject({ event: 'shutdown_step.finished', step: 'release' });
  });

  it('ends the process in order on a signal', async () => {
    const { shutdown, exits, exited } = sequence();
    let ran = false;
    shutdown.add({ name: 'step', run: () => void (ran = true) });
    onTestFinished(shutdown.listen(['SIGUSR2']));
    process.emit('SIGUSR2');
    expect(shutdown.begun).toBe(true);
    await exited;
    expect([ran, exits]).toEqual([true, [0]]);
  });

  it('ends the process at once on the second signal', async () => {
    const { shutdown, exits } = sequence();
    shutdown.add({ name: 'hangs', run: hangs, limitMs: 60_000 });
    const stop = shutdown.listen(['SIGUSR2']);
    process.emit('SIGUSR2');
    expect(exits).toEqual([]);
    process.emit('SIGUSR2');
    expect(exits).toEqual([1]);
    stop();
    expect(process.listenerCount('SIGUSR2')).toBe(0);
  });
});
