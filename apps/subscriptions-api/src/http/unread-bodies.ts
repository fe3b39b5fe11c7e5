import type { Socket } from 'node:net';
import type { NextFunction, Request, Response } from 'express';

/** What is still taken of a body that nobody wants, so that its sender gets to read the answer. */
const LINGER_BYTES = 256 * 1024;
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
      socket.destroySoon = () => linger(socket, request);
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

/** Half-closes, and closes when the sender has ended, or has had time and bytes enough to notice. */
function linger(socket: Socket, request: Request): void {
  const destroy = (): void => void socket.destroy();
  const timer = setTimeout(destroy, LINGER_MS);
  socket.once('close', () => clearTimeout(timer));
  const most = socket.bytesRead + LINGER_BYTES;
  // Not of the request, which has no data any more: Node drops what it reads of an answered one.
  socket.on('data', () => {
    if (socket.bytesRead > most) destroy();
  });
  request.once('end', destroy);
  socket.resume();
  socket.end();
}
