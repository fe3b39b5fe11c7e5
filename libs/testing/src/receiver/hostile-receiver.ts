import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';

type Attack = (socket: Socket, isGone: () => boolean) => Promise<void>;

const OK = 'HTTP/1.1 200 OK\r\n';
const PIECE = 65_536;
const DRIP_MS = 20;
const GIGABYTE = 1_073_741_824;

/** 60 KiB that would be some 60 MiB. */
const BOMB = gzipSync(Buffer.alloc(60 * 1_024 * 1_024), { level: 9 });

/** What a receiver may do to who calls it, by the path that is called. */
const ATTACKS = {
  /** Slow-loris: a head that comes byte by byte and never ends. */
  'slow-head': (socket, isGone) => drip(socket, isGone, `${OK}X-Slow: `),
  /** A body that does. */
  'slow-body': (socket, isGone) => drip(socket, isGone, `${OK}Content-Length: 60000\r\n\r\n`),
  'slow-chunks': (socket, isGone) =>
    drip(socket, isGone, `${OK}Transfer-Encoding: chunked\r\n\r\n`, '1\r\nx\r\n'),
  'endless-headers': (socket, isGone) => flood(socket, isGone, OK, 'X-More: and more\r\n'),
  'endless-reason': (socket, isGone) => flood(socket, isGone, 'HTTP/1.1 200 ', 'x'),
  'endless-interim': (socket, isGone) =>
    flood(socket, isGone, '', 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'),
  'endless-extension': (socket, isGone) =>
    flood(socket, isGone, `${OK}Transfer-Encoding: chunked\r\n\r\n1;x=`, 'y'),
  'huge-body': (socket, isGone) =>
    flood(socket, isGone, `${OK}Content-Length: ${GIGABYTE}\r\n\r\n`, 'x'),
  'huge-refusal': (socket, isGone) =>
    flood(socket, isGone, `HTTP/1.1 500 No\r\nContent-Length: ${GIGABYTE}\r\n\r\n`, 'x'),
  'gzip-bomb': async (socket) => {
    socket.write(`${OK}Content-Encoding: gzip\r\nContent-Length: ${BOMB.length}\r\n\r\n`);
    socket.write(BOMB);
  },
  garbage: async (socket) => void socket.write(randomBytes(1_024)),
  'garbage-head': async (socket) => void socket.write('HTTP/1.1 2OO Fine\r\n\0: \x7f\r\n\r\n'),
  'two-lengths': async (socket) =>
    void socket.write(`${OK}Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx`),
  'length-and-chunks': async (socket) =>
    void socket.write(`${OK}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`),
  upgrade: async (socket) =>
    void socket.write('HTTP/1.1 101 Over\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'),
  'two-answers': async (socket) =>
    void socket.write(`${OK}Content-Length: 0\r\n\r\n${OK}Content-Length: 0\r\n\r\n`),
  silence: async () => undefined,
  'half-close': async (socket) => void socket.end(),
  'half-close-in-head': async (socket) => void socket.end('HTTP/1.1 200 OK\r\nContent-Le'),
  'half-close-in-body': async (socket) =>
    void socket.end(`${OK}Content-Length: 100\r\n\r\nnot all of it`),
  reset: async (socket) => void socket.resetAndDestroy(),
} as const satisfies Readonly<Record<string, Attack>>;

export type AttackName = keyof typeof ATTACKS;
export const ATTACK_NAMES = Object.keys(ATTACKS) as AttackName[];

/** Their answers are answers all the same: the message is delivered. */
export const HARMLESS_ATTACKS: ReadonlySet<AttackName> = new Set(['gzip-bomb', 'two-answers']);

/** A server on 127.0.0.1 that does its worst to every request, by its path. */
export class HostileReceiver {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** Bytes that were written to whoever called. */
  written = 0;

  private constructor() {
    // It may end its own side and read on.
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#meet(socket));
  }

  static async start(): Promise<HostileReceiver> {
    const receiver = new HostileReceiver();
    receiver.#server.listen(0, '127.0.0.1');
    await once(receiver.#server, 'listening');
    return receiver;
  }

  url(attack: AttackName): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/${attack}`;
  }

  async close(): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await once(this.#server, 'close');
  }

  #meet(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => {
      this.#sockets.delete(socket);
      this.written += socket.bytesWritten;
    });
    socket.once('data', (bytes) => {
      socket.resume();
      const name = /^POST \/([\w-]+)/.exec(bytes.toString('latin1'))?.[1] ?? '';
      const attack = Object.hasOwn(ATTACKS, name) ? ATTACKS[name as AttackName] : undefined;
      void attack?.(socket, () => socket.destroyed || socket.writableEnded);
    });
  }
}

async function drip(
  socket: Socket,
  isGone: () => boolean,
  begin: string,
  unit = 'x',
): Promise<void> {
  for (const byte of begin) {
    if (isGone()) return;
    socket.write(byte);
  }
  while (!isGone()) {
    socket.write(unit);
    await delay(DRIP_MS);
  }
}

async function flood(
  socket: Socket,
  isGone: () => boolean,
  begin: string,
  unit: string,
): Promise<void> {
  const piece = unit.repeat(Math.ceil(PIECE / unit.length));
  socket.write(begin);
  while (!isGone()) {
    const isTaken = socket.write(piece);
    if (!isTaken) await drained(socket);
  }
}

/** Never rejects: a connection that breaks is what is hoped for. */
function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      socket.off('drain', go).off('close', go);
      resolve();
    };
    socket.on('drain', go).on('close', go);
  });
}
