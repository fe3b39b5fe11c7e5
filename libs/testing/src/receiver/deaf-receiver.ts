import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';

/** Listens and then stops for good, so that nobody takes connections out of the kernel's queue. */
const PROGRAM = `
  const { createServer } = require('node:net');
  const { parentPort } = require('node:worker_threads');
  const server = createServer();
  server.listen({ host: '127.0.0.1', port: 0, backlog: 1 }, () => {
    parentPort.postMessage(server.address().port);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });
`;

/** More than the queue holds, whatever a kernel makes of a backlog of one. */
const CALLERS = 8;

/**
 * A port that is listened on by a program that hangs: it accepts nothing. The kernel completes the
 * first connections in its place; after `fill` it answers no more.
 */
export class DeafReceiver {
  readonly #callers: Socket[] = [];

  private constructor(
    private readonly worker: Worker,
    private readonly port: number,
  ) {}

  static async start(): Promise<DeafReceiver> {
    const worker = new Worker(PROGRAM, { eval: true });
    const [port] = (await once(worker, 'message')) as [number];
    return new DeafReceiver(worker, port);
  }

  url(scheme: 'http' | 'https'): string {
    return `${scheme}://127.0.0.1:${this.port}/`;
  }

  /** Takes every place in the kernel's queue: whoever connects from now on hears nothing. */
  async fill(): Promise<void> {
    while (this.#callers.length < CALLERS) {
      this.#callers.push(connect(this.port, '127.0.0.1').on('error', () => undefined));
    }
    // All have called before the first is told that it got through.
    await Promise.any(this.#callers.map((caller) => once(caller, 'connect')));
  }

  async close(): Promise<void> {
    for (const caller of this.#callers) caller.destroy();
    await this.worker.terminate();
  }
}
