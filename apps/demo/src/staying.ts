import { rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { VARIABLES } from '@app/platform';
import { HEALTH_PATH } from './service-process.js';
import type { Readied, Surroundings } from './setting-up.js';
import type { Environment } from './process-environment.js';

const HEADERS = `-H "Authorization: Bearer $ATLAS_TOKEN" -H 'Content-Type: application/json'`;
const LIST = `'{"query": "{ webhooks { id type health endPoint } }"}'`;

/**
 * Keeps everything up until the signal. The variables go into a file, not on the screen: tokens are
 * among them, and a given DATABASE_URL may hold a password.
 */
export async function stay(around: Surroundings, readied: Readied): Promise<void> {
  const { output, run, signal } = around;
  const { settings, stage, addresses } = readied;
  const { wide, narrow, neighbour } = stage.registration;
  const variables = {
    ...ofService(settings),
    DEMO_API_URL: addresses.api,
    ATLAS_TOKEN: wide.token,
    BOREAL_TOKEN: narrow.token,
  };
  writeFileSync(run.environmentFile, exportsOf(variables), { mode: 0o600 });
  around.cleanup.add('remove the variables', async () => rmSync(run.environmentFile));
  const publisher = 'node dist/apps/demo/src/publisher.js';
  output.heading('It stays up; Ctrl-C ends it and removes everything');
  output.note(`processor  ${addresses.processor}${HEALTH_PATH}`);
  output.note(
    `API        ${addresses.api}/graphql; tokens of Atlas and Boreal are in the file below`,
  );
  const paths = [wide, narrow, neighbour].map(({ path }) => path).join(', ');
  output.note(`receiver   ${stage.receiverUrl}: ${paths}`);
  output.note(`logs       ${run.logFile} and ${run.apiLogFile}`);
  output.line('\nIn another terminal, in this directory:\n');
  for (const command of [
    `. ${run.environmentFile}`,
    `curl -s $DEMO_API_URL/graphql ${HEADERS} -d ${LIST}`,
    `${publisher} --type order/created --organization ${wide.organizationId}`,
    `${publisher} --type order/created --count 10 --organization ${narrow.organizationId}`,
    'npm run --silent cli -- queue list',
    `npm run --silent cli -- webhook list --integration ${narrow.integrationId}`,
    'npm run --silent cli -- dead-letter list',
  ]) {
    output.note(output.paint('cyan', command));
  }
  output.line();
  if (!signal.aborted) await once(signal, 'abort');
}

/** What else was inherited is there already. */
function ofService(settings: Environment): Environment {
  const own = Object.entries(settings).filter(([name]) => Object.hasOwn(VARIABLES, name));
  return Object.fromEntries(own);
}

/** For a POSIX shell to source. */
function exportsOf(variables: Environment): string {
  return Object.entries(variables)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `export ${name}='${String(value).replaceAll("'", `'\\''`)}'\n`)
    .join('');
}
