import { rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { VARIABLES } from '@app/platform';
import type { Readied, Surroundings } from './setting-up.js';
import type { Environment } from './process-environment.js';

/**
 * Keeps everything up until the signal. The variables go into a file, not on the screen: a given
 * DATABASE_URL may hold a password.
 */
export async function stay(around: Surroundings, readied: Readied): Promise<void> {
  const { output, run, signal } = around;
  const { settings, stage, health } = readied;
  const { wide, narrow } = stage.registration;
  writeFileSync(run.environmentFile, exportsOf(settings), { mode: 0o600 });
  around.cleanup.add('remove the variables', async () => rmSync(run.environmentFile));
  const publisher = 'node dist/apps/demo/src/publisher.js';
  output.heading('It stays up; Ctrl-C ends it and removes everything');
  output.note(`service    ${health}`);
  output.note(`receiver   ${stage.receiverUrl}${wide.path} and ${narrow.path}`);
  output.note(`log        ${run.logFile}`);
  output.line('\nIn another terminal, in this directory:\n');
  for (const command of [
    `. ${run.environmentFile}`,
    `${publisher} --type order/created --organization ${wide.organizationId}`,
    `${publisher} --type order/updated --count 10 --organization ${narrow.organizationId}`,
    'npm run --silent cli -- queue list',
    `npm run --silent cli -- webhook list --integration ${narrow.integrationId}`,
    'npm run --silent cli -- dead-letter list',
  ]) {
    output.note(output.paint('cyan', command));
  }
  output.line();
  if (!signal.aborted) await once(signal, 'abort');
}

/** For a POSIX shell to source. Only the service's own: what else was inherited is there already. */
function exportsOf(settings: Environment): string {
  return Object.entries(settings)
    .filter(([name, value]) => value !== undefined && Object.hasOwn(VARIABLES, name))
    .map(([name, value]) => `export ${name}='${String(value).replaceAll("'", `'\\''`)}'\n`)
    .join('');
}
