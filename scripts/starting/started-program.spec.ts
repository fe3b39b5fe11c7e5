import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { freePort } from '@app/testing';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StartedProgram } from './started-program.js';

const GRACE_MS = 10_000;

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'started-program-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

function start(source: string): StartedProgram {
  const file = join(directory, 'program.mjs');
  writeFileSync(file, source);
  return new StartedProgram({ name: 'the program', file, environment: {} });
}

/** A program that listens, and does this on SIGTERM. */
async function listening(onSigterm: string): Promise<StartedProgram> {
  const port = await freePort();
  const program = start(`
    import { createServer } from 'node:http';
    process.on('SIGTERM', () => { ${onSigterm} });
    createServer((_, answer) => answer.end()).listen(${port}, '127.0.0.1');
  `);
  expect(await program.ready(`http://127.0.0.1:${port}/`)).toBe(true);
  return program;
}

describe('a started program', () => {
  it('ends in order when it is told to, with the exit code that it chooses', async () => {
    const program = await listening('process.exit(3)');
    expect(program.end).toBeUndefined();
    expect(await program.stop(GRACE_MS)).toBe(3);
    expect(program.end).toBe('exit code 3');
  });

  it('is ended by force when it goes on, which is a failure', async () => {
    const program = await listening('');
    expect(await program.stop(100)).toBe(1);
    expect(program.end).toBe('SIGKILL');
  });

  it('is never ready when it ends before', async () => {
    const program = start('process.exit(0)');
    expect(await program.ready(`http://127.0.0.1:${await freePort()}/`)).toBe(false);
    expect(await program.ended).toBe(0);
    expect(await program.stop(GRACE_MS)).toBe(0);
  });
});
