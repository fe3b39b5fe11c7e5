import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import type { TlsOptions } from 'node:tls';
import { ConditionWaits } from './condition-waits.js';
import type { ReceivedRequest } from './received-request.js';
import { perform, type ReceiverBehaviour } from './receiver-behaviour.js';
import type { TestCertificate } from './test-authority.js';

export interface TestReceiverOptions {
  /** Serves HTTPS with this certificate; HTTP when not given. */
  readonly tls?: TestCertificate & Pick<TlsOptions, 'maxVersion' | 'minVersion' | 'ciphers'>;
  /** An address of this machine; 127.0.0.1 when not given. */
  readonly host?: string;
  /** 0, any free port, when not given. */
  readonly port?: number;
}

export interface WaitOptions {
  /** 15,000 when not given. */
  readonly timeoutMs?: number;
}

interface ConnectionRecord {
  readonly index: number;
  /** Requests that have started on it. */
  started: number;
  /** The one that is being answered; HTTP/1.1 has one at a time. */
  current: MutableRequest | null;
}

type MutableRequest = { -readonly [K in keyof ReceivedRequest]: ReceivedRequest[K] };

const DEFAULT_BEHAVIOUR: ReceiverBehaviour = { kind: 'answer' };

/**
 * A real HTTP or HTTPS server on this machine that keeps every request and behaves as it is told, by
 * path. Without a script it answers 200.
 */
export class TestReceiver {
  readonly #server: Server;
  readonly #scheme: string;
  readonly #host: string;
  readonly #scripts = new Map<string, ReceiverBehaviour[]>();
  #requests: ReceivedRequest[] = [];
  #requestCount = 0;
  readonly #connections = new Map<Socket, ConnectionRecord>();
  readonly #waits = new ConditionWaits();
  #openedConnections = 0;

  private constructor(options: TestReceiverOptions) {
    const listener = (request: IncomingMessage, response: ServerResponse): void => {
      void this.#receive(request, response);
    };
    const { tls } = options;
    this.#host = options.host ?? '127.0.0.1';
    this.#scheme = tls === undefined ? 'http' : 'https';
    this.#server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
    // Only what a script says may end a connection.
    this.#server.keepAliveTimeout = 0;
    this.#server.requestTimeout = 0;
    this.#server.headersTimeout = 0;
    this.#server.on(tls === undefined ? 'connection' : 'secureConnection', (socket: Socket) =>
      this.#track(socket),
    );
  }

  static async start(options: TestReceiverOptions = {}): Promise<TestReceiver> {
    const receiver = new TestReceiver(options);
    receiver.#server.listen(options.port ?? 0, receiver.#host);
    await once(receiver.#server, 'listening');
    return receiver;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Every request whose body has arrived, in that order. */
  get requests(): readonly ReceivedRequest[] {
    return this.#requests;
  }

  /** Connections that were ever opened. */
  get connectionCount(): number {
    return this.#openedConnections;
  }

  get openConnectionCount(): number {
    return this.#connections.size;
  }

  url(path = '/', host = this.#host): string {
    return `${this.#scheme}://${host}:${this.port}${path}`;
  }

  requestsTo(path: string): readonly ReceivedRequest[] {
    return this.#requests.filter((request) => request.path === path);
  }

  /** Returns the requests that have ended, and forgets them: a long run would not fit into memory. */
  takeEnded(): ReceivedRequest[] {
    const ended = this.#requests.filter(({ endedAt }) => endedAt !== null);
    this.#requests = this.#requests.filter(({ endedAt }) => endedAt === null);
    return ended;
  }

  /** Requests to the path meet these behaviours one after the other; the last one stays. */
  script(path: string, ...behaviours: [ReceiverBehaviour, ...ReceiverBehaviour[]]): void {
    this.#scripts.set(path, behaviours);
  }

  /**
   * Looked at whenever a request has arrived or ended and whenever a connection opens or closes.
   *
   * @throws Error after `timeoutMs`, listing what had arrived.
   */
  async waitFor(
    isMet: (receiver: TestReceiver) => boolean,
    { timeoutMs = 15_000 }: WaitOptions = {},
  ): Promise<void> {
    await this.#waits.until(
      () => isMet(this),
      timeoutMs,
      () => this.#describe(),
    );
  }

  /** Waits for `count` requests, to the path or to any, and returns them. */
  async waitForCount(
    count: number,
    options: WaitOptions & { readonly path?: string } = {},
  ): Promise<readonly ReceivedRequest[]> {
    const found = (): readonly ReceivedRequest[] =>
      options.path === undefined ? this.#requests : this.requestsTo(options.path);
    await this.waitFor(() => found().length >= count, options);
    return found();
  }

  /** Closes at once, open connections included. */
  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#connections.keys()) socket.destroy();
    await closed;
  }

  #track(socket: Socket): void {
    const connection: ConnectionRecord = {
      index: this.#openedConnections++,
      started: 0,
      current: null,
    };
    this.#connections.set(socket, connection);
    socket.on('error', () => undefined);
    socket.once('close', () => {
      this.#connections.delete(socket);
      this.#end(connection.current, null);
      this.#waits.changed();
    });
    this.#waits.changed();
  }

  async #receive(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const startedAt = performance.now();
    const { socket } = incoming;
    const connection = this.#connections.get(socket);
    const body = await bodyOf(incoming);
    if (connection === undefined || body === null) return;
    const earlierOnConnection = connection.started++;
    const request = this.#record(incoming, body, connection.index, startedAt);
    connection.current = request;
    const markEnded = (): void => this.#end(request, response.statusCode);
    this.#waits.changed();
    const behaviour = this.#behaviourFor(request.path);
    await perform(behaviour, {
      response,
      socket,
      requestBody: body,
      earlierOnConnection,
      markEnded,
    });
  }

  #record(
    incoming: IncomingMessage,
    body: Buffer,
    connection: number,
    startedAt: number,
  ): MutableRequest {
    const request: MutableRequest = {
      index: this.#requestCount++,
      method: incoming.method ?? '',
      path: incoming.url ?? '',
      rawHeaders: incoming.rawHeaders,
      headers: incoming.headers,
      body,
      connection,
      startedAt,
      endedAt: null,
      wasCutOff: false,
      status: null,
    };
    this.#requests.push(request);
    return request;
  }

  /** Without a status: the connection closed before an answer had ended. */
  #end(request: MutableRequest | null, status: number | null): void {
    if (request === null || request.endedAt !== null) return;
    request.endedAt = performance.now();
    request.wasCutOff = status === null;
    request.status = status;
    this.#waits.changed();
  }

  #behaviourFor(path: string): ReceiverBehaviour {
    const script = this.#scripts.get(path);
    const next = script !== undefined && script.length > 1 ? script.shift() : script?.[0];
    return next ?? DEFAULT_BEHAVIOUR;
  }

  #describe(): string {
    const paths = this.#requests.map(({ method, path }) => `${method} ${path}`);
    const last = paths.slice(-10).join(', ');
    return `${paths.length} requests, ${this.#connections.size} open connections; last: ${last}`;
  }
}

/** Null when the sender gave up before its body had ended. */
async function bodyOf(incoming: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
  } catch {
    return null;
  }
}
