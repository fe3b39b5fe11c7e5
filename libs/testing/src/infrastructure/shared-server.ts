import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { UnavailableError } from './infrastructure.errors.js';
import type { Log } from './local-server.interface.js';
import { dataDirectory } from './project-directories.js';
import { LEAVE, onLine, type SupervisorMessage } from './shared-server-protocol.js';
import {
  clearState,
  readState,
  statePath,
  type ServerKind,
  type SharedServerState,
} from './shared-server-state.js';

export interface SharedServer {
  /** Brokers, separated by commas, or the database URL. */
  address: string;
  description: string;
  /** Resolves when the server is stopped, if this was its last user. */
  stop(): Promise<void>;
  onLost(listener: (reason: string) => void): void;
}

const RETRY_PAUSE_MS = 50;
const GREETING_TIMEOUT_MS = 5_000;

/**
 * The one server of this kind that all callers share, started with the first caller and stopped with the
 * last, by a process of its own: see `supervisor.ts`.
 * @throws UnavailableError with the reason when it cannot be started.
 */
export async function shareServer(kind: ServerKind, log: Log): Promise<SharedServer> {
  for (;;) {
    const state = readState(kind);
    if (!state) await startSupervisor(kind);
    else {
      const socket = await reach(state);
      if (!socket) clearState(kind, state);
      else {
        const server = await use(socket, state, kind, log);
        if (server) return server;
      }
    }
    await delay(RETRY_PAUSE_MS);
  }
}

/** Undefined when nobody listens: then the supervisor was killed, for it listens as long as it lives. */
async function reach(state: SharedServerState): Promise<Socket | undefined> {
  const socket = connect(state.controlPort, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return socket;
  } catch {
    return undefined;
  }
}

/** Undefined when the server was about to end, or when something else answers on a reused port. */
function use(
  socket: Socket,
  state: SharedServerState,
  kind: ServerKind,
  log: Log,
): Promise<SharedServer | undefined> {
  return new Promise((resolve, reject) => {
    const greeting = setTimeout(() => {
      socket.destroy();
      reject(silent(kind, state));
    }, GREETING_TIMEOUT_MS);
    const loss = new Loss();
    onLine(socket, (line) => {
      clearTimeout(greeting);
      const message = understood(line);
      if (!message) {
        // Another program has the port by now.
        clearState(kind, state);
        return void socket.destroy();
      }
      if (message.is === 'starting' && message.line) log(message.line);
      if (message.is === 'failed') reject(new UnavailableError(message.reason));
      if (message.is === 'lost') loss.happened(message.reason);
      if (message.is !== 'ready') return;
      resolve({
        ...message,
        onLost: (listener) => loss.tell(listener),
        stop: () => leave(socket, loss),
      });
    });
    socket.on('close', () => {
      clearTimeout(greeting);
      resolve(undefined);
      // It takes its state along when it ends in order.
      void reach(state).then((other) => (other ? other.destroy() : clearState(kind, state)));
      loss.happened(`the supervisor of ${kind} (pid ${state.supervisorPid}) ended`);
    });
    socket.write(`${state.token}\n`);
  });
}

/** Told once, also to a listener that comes after it happened. */
class Loss {
  private reason: string | undefined;
  private listener: ((reason: string) => void) | undefined;
  private wanted = false;

  tell(listener: (reason: string) => void): void {
    this.listener = listener;
    if (this.reason !== undefined) listener(this.reason);
  }

  happened(reason: string): void {
    if (this.wanted || this.reason !== undefined) return;
    this.reason = reason;
    this.listener?.(reason);
  }

  /** From here on the end is no loss. */
  expect(): void {
    this.wanted = true;
  }
}

function understood(line: string): SupervisorMessage | undefined {
  try {
    return JSON.parse(line) as SupervisorMessage;
  } catch {
    return undefined;
  }
}

async function leave(socket: Socket, loss: Loss): Promise<void> {
  loss.expect();
  if (socket.closed || socket.destroyed) return;
  socket.write(`${LEAVE}\n`);
  await once(socket, 'close');
}

async function startSupervisor(kind: ServerKind): Promise<void> {
  const program = join(import.meta.dirname, 'supervisor.js');
  const logFile = join(dataDirectory(), `start.${kind}.supervisor.log`);
  const log = openSync(logFile, 'w');
  const supervisor = spawn(process.execPath, [program, kind], {
    // It outlives the command that started it if others use its server.
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  const ended = once(supervisor, 'exit').then(([code]) => {
    if (code !== 0) throw new UnavailableError(`the supervisor of ${kind} failed; see ${logFile}`);
  });
  // The rejection is looked at below, or of no more interest.
  ended.catch(() => {});
  const claimed = async (): Promise<void> => {
    while (!readState(kind)) await delay(RETRY_PAUSE_MS);
  };
  await Promise.race([ended, claimed()]);
  supervisor.unref();
}

function silent(kind: ServerKind, state: SharedServerState): UnavailableError {
  return new UnavailableError(
    `the supervisor of ${kind} (pid ${state.supervisorPid}) does not answer; ` +
      `end it or, if that is another process by now, remove ${statePath(kind)}`,
  );
}
