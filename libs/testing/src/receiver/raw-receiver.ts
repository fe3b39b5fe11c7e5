import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { ConditionWaits } from './condition-waits.js';
import type { TestCertificate } from './test-authority.js';
import type { WaitOptions } from './test-receiver.js';

/** How a peer that is no HTTP server meets a connection. */
export type RawBehaviour =
  /** Accepts, reads and never writes a byte: a TLS handshake or an answer never begins. */
  | { readonly kind: 'silent' }
  /** Ends (FIN) or resets (RST) the connection at its first byte, which may be of a handshake. */
  | { readonly kind: 'end' | 'reset' }
  /** Writes these bytes, and then one of them more at a time, for ever. */
  | { readonly kind: 'drip'; readonly bytes: Buffer; readonly everyMs: number }
  /** Writes these bytes after every whole HTTP request. */
  | { readonly kind: 'answer'; readonly bytes: Buffer | string }
  /** After a whole HTTP request: `begin`, and then `unit` over and over, as fast as it is read. */
  | { readonly kind: 'flood'; readonly begin: string; readonly unit: string };

export interface RawReceiverOptions {
  /** Speaks TLS with this certificate, below the bytes of the behaviour; not when not given. */
  readonly tls?: TestCertificate;
}

/** Written at a time by a flood. */
const FLOOD_BYTES = 65_536;

/** A plain TCP server on 127.0.0.1 that keeps what arrives, byte for byte. */
export class RawReceiver {
  readonly #server: Server;
  readonly #received: Buffer[] = [];
  readonly #open = new Set<Socket>();
  readonly #waits = new ConditionWaits();
  #openedConnections = 0;
  #written = 0;

  private constructor(behaviour: RawBehaviour, { tls }: RawReceiverOptions) {
    const accept = (socket: Socket): void => this.#accept(socket, behaviour);
    this.#server = tls === undefined ? createServer(accept) : createTlsServer(tls, accept);
  }

  static async start(
    behaviour: RawBehaviour,
    options: RawReceiverOptions = {},
  ): Promise<RawReceiver> {
    const receiver = new RawReceiver(behaviour, options);
    receiver.#server.listen(0, '127.0.0.1');
    await once(receiver.#server, 'listening');
    return receiver;
  }

  url(scheme: 'http' | 'https', path = '/'): string {
    return `${scheme}://127.0.0.1:${(this.#server.address() as AddressInfo).port}${path}`;
  }

  /** All that has arrived, over all connections. */
  get received(): Buffer {
    return Buffer.concat(this.#received);
  }

  /** Bytes that were written on connections that have closed, those in a kernel's buffer included. */
  get written(): number {
    return this.#written;
  }

  /** Connections that were ever opened. */
  get connectionCount(): number {
    return this.#openedConnections;
  }

  get openConnectionCount(): number {
    return this.#open.size;
  }

  /** Looked at whenever a connection opens or closes and whenever bytes have arrived. */
  async waitFor(
    isMet: (receiver: RawReceiver) => boolean,
    { timeoutMs = 15_000 }: WaitOptions = {},
  ): Promise<void> {
    const describe = (): string =>
      `${this.#openedConnections} connections, ${this.#open.size} of them open, ` +
      `${this.received.length} bytes`;
    await this.#waits.until(() => isMet(this), timeoutMs, describe);
  }

  /** Closes at once, open connections included. */
  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#open) socket.destroy();
    await closed;
  }

  #accept(socket: Socket, behaviour: RawBehaviour): void {
    this.#openedConnections += 1;
    this.#open.add(socket);
    let request = Buffer.alloc(0);
    socket.on('error', () => undefined);
    socket.once('close', () => {
      this.#open.delete(socket);
      this.#written += socket.bytesWritten;
      this.#waits.changed();
    });
    socket.once('data', () => begin(socket, behaviour));
    socket.on('data', (chunk) => {
      this.#received.push(chunk);
      request = Buffer.concat([request, chunk]);
      if (isWhole(request)) {
        request = Buffer.alloc(0);
        answer(socket, behaviour);
      }
      this.#waits.changed();
    });
    this.#waits.changed();
  }
}

function begin(socket: Socket, behaviour: RawBehaviour): void {
  switch (behaviour.kind) {
    case 'silent':
    case 'answer':
    case 'flood':
      return;
    case 'end':
      socket.end();
      return;
    case 'reset':
      socket.resetAndDestroy();
      return;
    case 'drip':
      socket.write(behaviour.bytes);
      drip(socket, behaviour.bytes.subarray(-1), behaviour.everyMs);
  }
}

function answer(socket: Socket, behaviour: RawBehaviour): void {
  if (behaviour.kind === 'answer') socket.write(behaviour.bytes);
  if (behaviour.kind === 'flood') flood(socket, behaviour.begin, behaviour.unit);
}

function flood(socket: Socket, begin: string, unit: string): void {
  const block = Buffer.from(unit.repeat(Math.ceil(FLOOD_BYTES / unit.length)));
  const pour = (): void => {
    while (!socket.destroyed && socket.write(block));
  };
  socket.on('drain', pour);
  socket.write(begin);
  pour();
}

function drip(socket: Socket, byte: Buffer, everyMs: number): void {
  const timer = setInterval(() => socket.write(byte), everyMs);
  socket.once('close', () => clearInterval(timer));
}

/** One request at a time, whose head says how long its body is. */
function isWhole(request: Buffer): boolean {
  const headEnd = request.indexOf('\r\n\r\n');
  if (headEnd === -1) return false;
  const length = /\r\ncontent-length: (\d+)/i.exec(request.toString('latin1', 0, headEnd))?.[1];
  return request.length >= headEnd + 4 + Number(length ?? 0);
}
