import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Gate } from './gate.js';

/** How a receiver meets a request whose head and body have arrived. */
export type ReceiverBehaviour =
  | AnswerBehaviour
  /** Waits until the test opens the gate, then goes on with `then` (200 when not given). */
  | { readonly kind: 'hold'; readonly gate: Gate; readonly then?: ReceiverBehaviour }
  /** Goes on with `then` (200 when not given) after so many milliseconds. */
  | { readonly kind: 'delay'; readonly ms: number; readonly then?: ReceiverBehaviour }
  /** Never sends a byte. */
  | { readonly kind: 'hang' }
  /** Sends the head and then one byte of the body at a time, for ever. */
  | { readonly kind: 'drip'; readonly status?: number; readonly everyMs?: number }
  /** Begins a head and adds one header of so many bytes at a time to it, for ever. */
  | { readonly kind: 'endless-head'; readonly lineBytes: number; readonly everyMs: number }
  /** Resets the connection (RST) before any byte of an answer. */
  | { readonly kind: 'reset' }
  /** Closes the connection (FIN) before any byte of an answer. */
  | { readonly kind: 'close' }
  /** Sends the head and half of the announced body, then resets the connection. */
  | { readonly kind: 'reset-mid-body'; readonly status?: number }
  | { readonly kind: 'redirect'; readonly status?: number; readonly location: string }
  /** Sends a body of so many bytes without announcing its length. */
  | { readonly kind: 'huge'; readonly status?: number; readonly bytes: number }
  /** Answers the first request of a connection and closes it on the next one without a byte. */
  | { readonly kind: 'close-on-reuse'; readonly status?: number }
  /** Answers 200 with the request's own body. */
  | { readonly kind: 'echo' }
  /** Writes these bytes in place of an HTTP answer and leaves the connection open. */
  | { readonly kind: 'raw'; readonly bytes: Buffer | string };

export interface AnswerBehaviour {
  readonly kind: 'answer';
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
}

/** What a behaviour needs to know and may do. */
export interface Stage {
  readonly response: ServerResponse;
  readonly socket: Socket;
  readonly requestBody: Buffer;
  /** How many requests the connection had carried before this one. */
  readonly earlierOnConnection: number;
  /** To be called just before the last byte of an answer. */
  readonly markEnded: () => void;
}

const DRIP_EVERY_MS = 20;

const OK: ReceiverBehaviour = { kind: 'answer' };

export async function perform(behaviour: ReceiverBehaviour, stage: Stage): Promise<void> {
  const { socket } = stage;
  switch (behaviour.kind) {
    case 'answer':
      return answer(stage, behaviour);
    case 'echo':
      return answer(stage, { kind: 'answer', body: stage.requestBody });
    case 'redirect':
      return answer(stage, {
        kind: 'answer',
        status: behaviour.status ?? 302,
        headers: { location: behaviour.location },
      });
    case 'huge':
      return answer(stage, { kind: 'answer', status: behaviour.status ?? 200 }, behaviour.bytes);
    case 'hold':
      return behaviour.gate.opened.then(() => perform(behaviour.then ?? OK, stage));
    case 'delay':
      return delay(behaviour.ms).then(() => perform(behaviour.then ?? OK, stage));
    case 'hang':
      return;
    case 'drip':
      return drip(stage, behaviour.status ?? 200, behaviour.everyMs ?? DRIP_EVERY_MS);
    case 'endless-head':
      return endlessHead(socket, behaviour.lineBytes, behaviour.everyMs);
    case 'reset':
      socket.resetAndDestroy();
      return;
    case 'close':
      socket.end();
      return;
    case 'reset-mid-body':
      return resetMidBody(stage, behaviour.status ?? 200);
    case 'close-on-reuse':
      return closeOnReuse(stage, behaviour.status ?? 200);
    case 'raw':
      socket.write(behaviour.bytes);
      return;
  }
}

function answer(stage: Stage, how: AnswerBehaviour, fillBytes = 0): void {
  const { response, socket, markEnded } = stage;
  if (socket.destroyed) return;
  response.writeHead(how.status ?? 200, { ...how.headers });
  if (fillBytes > 0) response.write(Buffer.alloc(fillBytes, 'x'));
  markEnded();
  response.end(how.body);
}

function closeOnReuse(stage: Stage, status: number): void {
  if (stage.earlierOnConnection > 0) stage.socket.destroy();
  else answer(stage, { kind: 'answer', status });
}

function resetMidBody({ response, socket }: Stage, status: number): void {
  response.writeHead(status, { 'content-length': '10' });
  response.write('12345', () => socket.resetAndDestroy());
}

function drip({ response, socket }: Stage, status: number, everyMs: number): void {
  response.writeHead(status);
  const timer = setInterval(() => response.write('.'), everyMs);
  socket.once('close', () => clearInterval(timer));
}

function endlessHead(socket: Socket, lineBytes: number, everyMs: number): void {
  const name = 'x-a: ';
  const line = `${name}${'a'.repeat(lineBytes - name.length - 2)}\r\n`;
  socket.write('HTTP/1.1 200 OK\r\n');
  const timer = setInterval(() => socket.write(line), everyMs);
  socket.once('close', () => clearInterval(timer));
}
