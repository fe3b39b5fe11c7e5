/**
 * `npm start`, `npm test`, … on a fresh clone: installs and builds what is missing, then runs the command.
 * Plain JavaScript with nothing but Node, because nothing else is there yet. All that this file and its
 * parts have to say goes to standard error: standard output belongs to the command.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const NODE_MINIMUM = [20, 20];
const USAGE = `usage: npm start                     the service: processor and subscriptions API
       npm run demo [-- --stay]      the whole pipeline shown on sample events
       npm test [-- FILTER…]         all tests, or those of matching files
       npm run test:chaos            faults at random, and nothing lost or reordered
       npm run model                 every state of the protocol, for small numbers
       npm run bench                 throughput and latency
       npm run --silent cli -- …     the operator's command line (--help)
`;

/** Command → what to run, below dist. `build` is complete without anything to run. */
const PROGRAMS = {
  start: 'scripts/start.js',
  demo: 'scripts/demo.js',
  test: 'scripts/test.js',
  bench: 'scripts/bench.js',
  'test:chaos': 'scripts/chaos.js',
  model: 'scripts/model.js',
  cli: 'apps/cli/src/main.js',
  build: undefined,
};

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [command = '', ...args] = process.argv.slice(2);

requireNode();
hideTimerWarnings();
if (['', 'help', '--help', '-h'].includes(command)) {
  process.stdout.write(USAGE);
} else if (!Object.hasOwn(PROGRAMS, command)) {
  process.stderr.write(`unknown command: ${command}\n${USAGE}`);
  process.exitCode = 2;
} else {
  await run(PROGRAMS[command]);
}

async function run(program) {
  const { endWithParent } = await import('./launcher/parent.mjs');
  const { ensureDependencies } = await import('./launcher/dependencies.mjs');
  const { ensureBuild } = await import('./launcher/build.mjs');
  const { StepError } = await import('./launcher/step.mjs');
  const { prepareEnvironment } = await import('./launcher/environment.mjs');
  endWithParent();
  try {
    await ensureDependencies(root);
    await ensureBuild(root);
    if (program === undefined) return;
    const file = join(root, 'dist', program);
    if (!existsSync(file)) throw new StepError(`there is no \`${command}\` here (${program})`);
    if (['start', 'cli'].includes(command)) loadEnvironmentFile();
    await prepareEnvironment({ root, command, args, env: process.env });
    // In this process: no second one to forward signals, exit code and standard streams to.
    process.argv.splice(1, process.argv.length, file, ...args);
    await import(pathToFileURL(file).href);
  } catch (error) {
    if (!(error instanceof StepError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}

/** Variables of the environment win over those of the file. */
function loadEnvironmentFile() {
  const file = join(root, '.env');
  if (existsSync(file)) process.loadEnvFile(file);
}

/**
 * From Node 22 on each kafkajs client of the commands' own (they ask the broker whether it is up) says once
 * that a timeout was negative. It means nothing; the service has a patch against its cause.
 */
function hideTimerWarnings() {
  const [print] = process.listeners('warning');
  if (!print) return;
  process.off('warning', print);
  process.on('warning', (warning) => {
    if (warning.name !== 'TimeoutNegativeWarning') print(warning);
  });
}

function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [wantedMajor, wantedMinor] = NODE_MINIMUM;
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return;
  process.stderr.write(
    `Node ${NODE_MINIMUM.join('.')} or newer is needed; this is ${process.versions.node} ` +
      `(${process.execPath}). See https://nodejs.org or use a version manager: .nvmrc is here.\n`,
  );
  process.exit(1);
}
