import { createInterface } from 'node:readline';
import type { Socket } from 'node:net';

/** What a supervisor tells its users, one JSON object a line. */
export type SupervisorMessage =
  | { is: 'starting'; line: string }
  | { is: 'ready'; address: string; description: string }
  | { is: 'failed'; reason: string }
  /** It is about to end; whoever needs a server waits for that and starts another supervisor. */
  | { is: 'closing' }
  | { is: 'lost'; reason: string };

/** The only thing a user says after its token: it needs the server no longer. */
export const LEAVE = 'leave';

export function tell(socket: Socket, message: SupervisorMessage): void {
  socket.write(`${JSON.stringify(message)}\n`);
}

export function onLine(socket: Socket, listener: (line: string) => void): void {
  const lines = createInterface(socket).on('line', listener);
  // The end of the connection is what counts, not how it ended; readline passes the error on.
  lines.on('error', () => {});
  socket.on('error', () => {});
}
