import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { CommandFailedError } from './demo.errors.js';
import type { Environment } from './process-environment.js';

const PROGRAM = fileURLToPath(new URL('../../cli/src/main.js', import.meta.url));

/** A command takes under 3 s; ten times that leaves room for a machine with other things to do. */
const LIMIT_MS = 30_000;

/** A queue as `queue list --json` shows it; only what the demonstration looks at. */
export interface ListedQueue {
  readonly integrationId: string;
  readonly status: string;
  readonly state: string;
  readonly depth: number;
  readonly attempts: number;
  readonly lastTriedAt: string | null;
  readonly nextAttemptAt: string | null;
  readonly lastErrorMessage: string | null;
}

export interface OperatorOptions {
  /** What a command line needs: DATABASE_URL, SECRETS_KEY, where deliveries may go. */
  readonly environment: Environment;
  /** Called with each command as a user would type it. */
  readonly onCommand: (command: string) => void;
}

/** The operator's real command line, run as a process, read through `--json`. */
export class OperatorCommands {
  /** How long the latest command took, in ms: a scenario must not race with a busy machine. */
  latestMs = 0;

  constructor(private readonly options: OperatorOptions) {}

  createApplication(
    name: string,
    scopes: readonly string[],
    signal: AbortSignal,
  ): Promise<{ clientId: string; clientSecret: string }> {
    const of = ['--name', name, '--scopes', scopes.join(',')];
    return this.run(['application', 'create', ...of], signal);
  }

  install(
    clientId: string,
    organizationId: string,
    signal: AbortSignal,
  ): Promise<{ integrationId: string; token: string }> {
    const of = ['--client-id', clientId, '--organization', organizationId];
    return this.run(['integration', 'install', ...of], signal);
  }

  queues(signal: AbortSignal): Promise<ListedQueue[]> {
    return this.run(['queue', 'list'], signal);
  }

  unblock(integrationId: string, signal: AbortSignal): Promise<unknown> {
    return this.run(['queue', 'unblock', '--integration', integrationId], signal);
  }

  skip(integrationId: string, messageId: string, signal: AbortSignal): Promise<unknown> {
    return this.onMessage('skip', integrationId, messageId, signal);
  }

  unskip(integrationId: string, messageId: string, signal: AbortSignal): Promise<unknown> {
    return this.onMessage('unskip', integrationId, messageId, signal);
  }

  deadLetters(signal: AbortSignal): Promise<{ topic: string; reason: string }[]> {
    return this.run(['dead-letter', 'list'], signal);
  }

  private onMessage(
    verb: 'skip' | 'unskip',
    integrationId: string,
    messageId: string,
    signal: AbortSignal,
  ): Promise<unknown> {
    const of = ['--integration', integrationId, '--message', messageId];
    return this.run(['queue', verb, ...of], signal);
  }

  /** @throws CommandFailedError with what the command wrote to standard error. */
  private async run<T>(args: readonly string[], signal: AbortSignal): Promise<T> {
    const command = `npm run cli -- ${args.map(quoted).join(' ')}`;
    this.options.onCommand(command);
    const begun = performance.now();
    const child = spawn(process.execPath, [PROGRAM, ...args, '--json'], {
      env: this.options.environment,
      stdio: ['ignore', 'pipe', 'pipe'],
      signal: AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]),
      killSignal: 'SIGKILL',
    });
    const ended = new Promise<string>((resolve) => {
      child.once('error', ({ message }) => resolve(message));
      child.once('close', (code, killedBy) => resolve(code === 0 ? '' : `${killedBy ?? code}`));
    });
    const [out, err, how] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
    signal.throwIfAborted();
    if (how !== '') throw new CommandFailedError(command, err.trim() || `it ended with ${how}`);
    this.latestMs = performance.now() - begun;
    return JSON.parse(out) as T;
  }
}

/** As a shell wants it. */
function quoted(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`;
}
