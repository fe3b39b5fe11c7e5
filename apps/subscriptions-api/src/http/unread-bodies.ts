import type { Socket } from 'node:net';
import type { NextFunction, Request, Response } from 'express';

/** What is taken of a body after its answer. */
const LINGER_BYTES = 256 * 1024;

/** Until a connection is closed whose sender does not end it. */
const LINGER_MS = 1_000;

/**
 * Closes the connection of a request that is answered before its body has arrived: Node would go on
 * reading and discarding for as long as a stranger goes on sending. A small body that is there anyway
 * keeps its connection.
 */
export function closeUnreadBodies(request: Request, response: Response, next: NextFunction): void {
  const { socket } = request;
  const writeHead = response.writeHead.bind(response) as (...head: unknown[]) => Response;
  const closing = (...head: unknown[]): Response => {
    if (!request.complete) {
      response.setHeader('Connection', 'close');
      // Node calls this once the answer is sent. Closed at once, with bytes unread, the connection
      // would be reset, and the answer may be lost on the other side.
      socket.destroySoon = () => linger(socket);
    }
    return writeHead(...head);
  };
  response.writeHead = closing as typeof response.writeHead;
  // What came together with the head is not parsed before this turn of the loop is over.
  if (hasBody(request)) setImmediate(next);
  else next();
}

const hasBody = ({ headers }: Request): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

/**
 * Half-closes, so that the sender sees the end of the answer, and closes when it has ended as well, or has
 * had time to. The rest of a small body is discarded, that of a large one fills the kernel's buffers and
 * stops there: closed with bytes on their way, the answer may be lost.
 */
function linger(socket: Socket): void {
  let left = LINGER_BYTES;
  const discard = (chunk: Buffer): void => {
    left -= chunk.length;
    if (left < 0) socket.pause();
  };
  // The parser would read on: it lets go of a socket that has a listener, and then has its own removed.
  socket.on('data', discard);
  for (const listener of socket.listeners('data')) {
    if (listener !== discard) socket.off('data', listener as typeof discard);
  }
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('close', () => clearTimeout(timer));
  socket.once('end', () => socket.destroy());
  socket.resume();
  socket.end();
}
