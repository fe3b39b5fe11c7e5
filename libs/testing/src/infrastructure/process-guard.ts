import { spawn } from 'node:child_process';

/**
 * `read` returns when this process is gone, however it went: the kernel closes the pipe. A builtin, so
 * that there is no second process. Waiting at most 5 s for the end keeps a process that nobody reaps
 * from keeping the guard.
 */
const WATCH = `read -r _
kill -s "$1" "$2" 2>/dev/null
turns=0
while kill -0 "$2" 2>/dev/null && [ $turns -lt 50 ]; do sleep 0.1; turns=$((turns+1)); done
kill -s KILL "$2" 2>/dev/null
[ -z "$3" ] || rm -rf -- "$3"`;

/** The same for anything that is ended by a command, such as containers. */
const WATCH_COMMAND = `read -r _
exec "$@" >/dev/null 2>&1`;

export interface ProcessGuard {
  /** To be called once the guarded process has ended, before its pid can belong to another. */
  release(): void;
  /** Resolves when the guard itself is gone. */
  readonly ended: Promise<void>;
}

/**
 * Ends `pid` with `signal`, and removes `directory` if given, should this process disappear without
 * doing so itself: SIGKILL and crashes included. Costs one sleeping shell.
 */
export function guardProcess(pid: number, signal: string, directory = ''): ProcessGuard {
  return startGuard(['-c', WATCH, 'guard', signal.replace(/^SIG/, ''), String(pid), directory]);
}

/** Runs `command` should this process disappear. */
export function guardCommand(command: string[], environment: NodeJS.ProcessEnv): ProcessGuard {
  return startGuard(['-c', WATCH_COMMAND, 'guard', ...command], environment);
}

function startGuard(args: string[], env?: NodeJS.ProcessEnv): ProcessGuard {
  const guard = spawn('sh', args, {
    // In its own session, so that Ctrl-C in the terminal does not end the guard before the guarded.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    ...(env && { env }),
  });
  guard.unref();
  // A pipe is a net.Socket, which can be unreferenced; the declared Writable does not know it.
  (guard.stdin as unknown as { unref(): void }).unref();
  guard.stdin.on('error', () => {});
  const ended = new Promise<void>((resolve) => {
    guard.once('exit', () => resolve());
    guard.once('error', () => resolve());
  });
  return {
    ended,
    release: () => {
      // Waited for from here on, so it holds the event loop again.
      guard.ref();
      guard.kill('SIGKILL');
    },
  };
}
