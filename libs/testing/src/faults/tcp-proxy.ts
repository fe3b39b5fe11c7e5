import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { ConditionWaits } from '../receiver/condition-waits.js';
import { ProxiedConnection, type Direction } from './proxied-connection.js';

/** A fault that waits for its moment: see `TcpProxy.holdRequests` and `TcpProxy.holdAnswers`. */
export interface Trap {
  /** Resolves once a connection is held. @throws Error after the time limit, 20,000 ms if absent. */
  sprung(timeoutMs?: number): Promise<void>;
  /** Resolves once an answer is held: the server has done what it was asked. Throws likewise. */
  answered(timeoutMs?: number): Promise<void>;
}

interface ArmedTrap {
  readonly text: Buffer;
  readonly direction: Direction;
  /** Springs once, and breaks the connection instead of holding it. */
  readonly breaks: boolean;
  /** The connections that it stopped. */
  readonly caught: ProxiedConnection[];
}

const SPRING_LIMIT_MS = 20_000;

/**
 * A relay on 127.0.0.1 that can stop what passes at an exact moment: when the client sends a request
 * that contains a given text. A process that is killed while its connection is held has surely not
 * got beyond that request, so an interleaving that lasts microseconds can be tested without luck.
 */
export class TcpProxy {
  readonly #server: Server;
  readonly #target: { readonly host: string; readonly port: number };
  readonly #connections = new Set<ProxiedConnection>();
  readonly #breaking = new WeakSet<ProxiedConnection>();
  readonly #waits = new ConditionWaits();
  #traps: ArmedTrap[] = [];
  #isDown = false;

  private constructor(target: URL) {
    this.#target = { host: target.hostname, port: Number(target.port || '5432') };
    this.#server = createServer((client) => {
      if (this.#isDown) return void client.resetAndDestroy();
      const connection: ProxiedConnection = new ProxiedConnection(client, connect(this.#target), {
        judge: (request) => this.#judge(request, connection),
        onHeld: () => this.#onHeld(connection),
      });
      this.#connections.add(connection);
      void connection.closed.then(() => this.#connections.delete(connection));
    });
  }

  /** A proxy in front of the server that a URL such as `postgres://…:5432/…` names. */
  static async start(targetUrl: string): Promise<TcpProxy> {
    const proxy = new TcpProxy(new URL(targetUrl));
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  /** The same URL, led through this proxy. */
  through(url: string): string {
    const proxied = new URL(url);
    proxied.hostname = '127.0.0.1';
    proxied.port = String((this.#server.address() as AddressInfo).port);
    return proxied.href;
  }

  /** A request with this text, and what follows it on its connection, does not reach the server. */
  holdRequests(text: string): Trap {
    return this.#arm(text, 'requests');
  }

  /** A request with this text reaches the server; nothing it answers from then on comes back. */
  holdAnswers(text: string): Trap {
    return this.#arm(text, 'answers');
  }

  /** The next request with this text is executed, and its connection breaks instead of the answer. */
  loseAnswerTo(text: string): void {
    this.#arm(text, 'answers', true);
  }

  /** Breaks every connection and refuses new ones, as a server that is restarted would. */
  goDown(): void {
    this.#isDown = true;
    for (const connection of this.#connections) connection.reset();
  }

  comeBack(): void {
    this.#isDown = false;
  }

  /** Lets everything held go on its way, and sets no trap any more. */
  release(): void {
    this.#traps = [];
    for (const connection of this.#connections) connection.release();
  }

  /** Resets (RST) the connections that are held, and sets no trap any more. */
  resetHeld(): void {
    this.#traps = [];
    for (const connection of this.#connections) if (connection.isHeld) connection.reset();
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const connection of this.#connections) connection.reset();
    await closed;
  }

  #arm(text: string, direction: Direction, breaks = false): Trap {
    const trap: ArmedTrap = { text: Buffer.from(text), direction, breaks, caught: [] };
    this.#traps.push(trap);
    const { caught } = trap;
    const until = (isMet: () => boolean, timeoutMs = SPRING_LIMIT_MS): Promise<void> =>
      this.#waits.until(
        isMet,
        timeoutMs,
        () => `${caught.length} requests with "${text}" were held`,
      );
    return {
      sprung: (timeoutMs) => until(() => caught.length > 0, timeoutMs),
      answered: (timeoutMs) => until(() => caught.some((each) => each.holdsAnswers), timeoutMs),
    };
  }

  #judge(request: Buffer, connection: ProxiedConnection): Direction | undefined {
    const trap = this.#traps.find(({ text }) => request.includes(text));
    trap?.caught.push(connection);
    if (trap?.breaks) {
      this.#traps.splice(this.#traps.indexOf(trap), 1);
      this.#breaking.add(connection);
    }
    return trap?.direction;
  }

  #onHeld(connection: ProxiedConnection): void {
    if (connection.holdsAnswers && this.#breaking.has(connection)) connection.reset();
    this.#waits.changed();
  }
}
