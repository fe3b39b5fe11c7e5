import { randomBytes } from 'node:crypto';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { LocalServer, Log } from './local-server.interface.js';
import { LEAVE, onLine, tell, type SupervisorMessage } from './shared-server-protocol.js';
import {
  claimState,
  releaseState,
  replaceState,
  type ServerKind,
  type SharedServerState,
} from './shared-server-state.js';
import { startKafka, startPostgres } from './start-server.js';

/**
 * The process that owns a server shared by several commands. A connection is a user: the kernel closes it
 * however the user ends, so nobody has to be asked whether they still live. When the last one is gone the
 * server is stopped and this process ends. Should this process be killed, the server's guard ends it.
 */
class Supervisor {
  private readonly users = new Set<Socket>();
  private news: SupervisorMessage = { is: 'starting', line: '' };
  private server: LocalServer | undefined;
  private closing: Promise<void> | undefined;

  constructor(
    private readonly kind: ServerKind,
    private readonly state: SharedServerState,
  ) {}

  accept(socket: Socket): void {
    onLine(socket, (line) => {
      if (!this.users.has(socket)) this.welcome(socket, line);
      else if (line === LEAVE) this.leave(socket);
    });
    socket.on('close', () => this.leave(socket));
  }

  async run(): Promise<void> {
    const log: Log = (line) => this.announce({ is: 'starting', line });
    try {
      const address = await this.startServer(log);
      const description = `${this.server?.description} on port ${this.server?.port}`;
      replaceState(this.kind, { ...this.state, address, description });
      this.announce({ is: 'ready', address, description });
      this.server?.onUnexpectedEnd((reason) => void this.close({ is: 'lost', reason }));
      setTimeout(() => this.users.size === 0 && void this.close(), FIRST_USER_MS).unref();
    } catch (error) {
      const failure: SupervisorMessage = { is: 'failed', reason: (error as Error).message };
      this.announce(failure);
      await this.firstUser();
      await this.close(failure);
    }
  }

  /**
   * Ends the server, then this process, which is what closes the connections: a user that waits for that
   * knows that nothing is left. A server that is still starting is left to its guard.
   */
  close(reason: SupervisorMessage = { is: 'closing' }): Promise<void> {
    this.closing ??= (async () => {
      this.announce(reason);
      await this.server?.dispose();
      releaseState(this.kind);
      await Promise.all([...this.users].map((user) => flushed(user)));
      process.exit(0);
    })();
    return this.closing;
  }

  /** Whoever started this process has to hear why it ends, and may not have connected yet. */
  private async firstUser(): Promise<void> {
    const deadline = Date.now() + FIRST_USER_MS;
    while (this.users.size === 0 && Date.now() < deadline) await delay(10);
  }

  private welcome(socket: Socket, token: string): void {
    if (token !== this.state.token) return void socket.destroy();
    this.users.add(socket);
    tell(socket, this.news);
  }

  private leave(socket: Socket): void {
    if (!this.users.delete(socket)) return;
    if (this.users.size === 0) void this.close();
    else socket.destroy();
  }

  private announce(message: SupervisorMessage): void {
    this.news = message;
    for (const user of this.users) tell(user, message);
  }

  private async startServer(log: Log): Promise<string> {
    const options = { log, keptAs: 'start' };
    if (this.kind === 'kafka') {
      const kafka = await startKafka(options);
      this.server = kafka;
      return kafka.brokers.join(',');
    }
    const postgres = await startPostgres(options);
    this.server = postgres;
    return postgres.databaseUrl;
  }
}

/** Resolves when what was written has left this process, or cannot any more. */
function flushed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once('close', () => resolve());
    socket.write('', () => resolve());
  });
}

/** A supervisor whose starter was killed at once never gets a user. */
const FIRST_USER_MS = 10_000;

async function main(kind: ServerKind): Promise<void> {
  const control = createServer().listen(0, '127.0.0.1');
  await once(control, 'listening');
  const state: SharedServerState = {
    supervisorPid: process.pid,
    controlPort: (control.address() as AddressInfo).port,
    token: randomBytes(16).toString('hex'),
  };
  const supervisor = new Supervisor(kind, state);
  control.on('connection', (socket) => supervisor.accept(socket));
  // Another one was faster; whoever started this one finds it through the state.
  if (!claimState(kind, state)) process.exit(0);
  process.on('SIGTERM', () => void supervisor.close());
  process.on('SIGINT', () => void supervisor.close());
  await supervisor.run();
}

await main(process.argv[2] === 'kafka' ? 'kafka' : 'postgres');
