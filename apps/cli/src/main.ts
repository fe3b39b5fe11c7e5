import { runCli } from './run-cli.js';

// `… | head` closes the pipe early: whoever reads has what they wanted.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  throw error;
});

// The code is set and the process ends by itself: an explicit exit could cut off what a pipe has
// not taken yet.
process.exitCode = await runCli(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});
