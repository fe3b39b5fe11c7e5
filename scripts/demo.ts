// A program may be started from here without being a lib.
// oxlint-disable no-restricted-imports
import { demoCommand } from '../apps/demo/src/demo-command.js';
import { dataDirectory, guardProcess, resolveInfrastructure } from '@app/testing/infrastructure';

const exitCode = await demoCommand(process.argv.slice(2), {
  stream: process.stdout,
  environment: process.env,
  directory: dataDirectory(),
  guard: guardProcess,
  resolveServers: (log) => resolveInfrastructure({ purpose: 'demo', log }),
});

// Whatever still holds the event loop has nothing to do any more.
process.exit(exitCode);
