import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, type AddressInfo, type Socket } from 'node:net';
import type { TestCertificate } from '@app/testing';

/** What the proxy does with a CONNECT: a tunnel, an answer, or not a word. */
export type ConnectAnswer =
  'tunnel' | 'silence' | { readonly status: number; readonly headers?: Record<string, string> };

/** An HTTP proxy on this machine that keeps what it was asked for. */
export class EgressServer {
  readonly asked: { readonly authority: string; readonly authorization: string | undefined }[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #answer: (authority: string) => ConnectAnswer = () => 'tunnel';
  #names: Readonly<Record<string, string>> = {};

  private constructor(private readonly tls: TestCertificate | undefined) {
    this.#server = tls === undefined ? createServer() : createTlsServer(tls);
    this.#server.on('connection', (socket: Socket) => this.#keep(socket));
    this.#server.on('connect', (request: IncomingMessage, socket: Socket) => {
      this.#connect(request, socket);
    });
  }

  static async start(tls?: TestCertificate): Promise<EgressServer> {
    const server = new EgressServer(tls);
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  /** `credentials` are put before the host. */
  url(credentials = ''): string {
    const { port } = this.#server.address() as AddressInfo;
    return `${this.tls === undefined ? 'http' : 'https'}://${credentials}127.0.0.1:${port}`;
  }

  answering(answer: (authority: string) => ConnectAnswer): void {
    this.#answer = answer;
  }

  /** What names lead to where the proxy resolves them. */
  knowing(names: Readonly<Record<string, string>>): void {
    this.#names = names;
  }

  async close(): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    if (this.#server.listening) await once(this.#server, 'close');
  }

  #connect({ url = '', headers }: IncomingMessage, socket: Socket): void {
    this.asked.push({ authority: url, authorization: headers['proxy-authorization'] });
    const answer = this.#answer(url);
    if (answer === 'silence') return;
    if (answer !== 'tunnel') {
      const more = Object.entries(answer.headers ?? {}).map(([name, value]) => `${name}: ${value}`);
      socket.end([`HTTP/1.1 ${answer.status} Told`, ...more, '', ''].join('\r\n'));
      return;
    }
    const { hostname, port } = new URL(`http://${url}`);
    const upstream = connect({ host: this.#names[hostname] ?? hostname, port: Number(port) });
    this.#keep(upstream);
    let isOpen = false;
    upstream.on('connect', () => {
      isOpen = true;
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(upstream).pipe(socket);
    });
    upstream.on('error', () => {
      if (isOpen) socket.destroy();
      else socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    });
    socket.on('error', () => upstream.destroy());
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => socket.destroy());
  }
}
