import { runDemo } from './demo.js';
import type { DemoHost } from './demo-host.interface.js';
import { parseRequest, USAGE } from './demo-options.js';
import { Interruption } from './interruption.js';

/** `npm run demo`. @returns the exit code. */
export async function demoCommand(args: readonly string[], host: DemoHost): Promise<number> {
  const request = parseRequest(args);
  if (request.kind === 'help') {
    process.stdout.write(USAGE);
    return 0;
  }
  if (request.kind === 'refused') {
    process.stderr.write(`${request.reason}\n${USAGE}`);
    return 2;
  }
  const interruption = new Interruption();
  interruption.listen();
  const held = await runDemo(request.options, host, interruption.signal);
  // Ctrl-C is the way to end a demonstration that stays up, and no failure of it.
  if (request.options.stay && held) return 0;
  return interruption.exitCode ?? (held ? 0 : 1);
}
