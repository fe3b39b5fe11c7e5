import type { Socket } from 'node:net';

/** Which way is stopped: what the client sends, or what the server sends back. */
export type Direction = 'requests' | 'answers';

export interface ConnectionWatch {
  /** Looks at what the client sends and says which way is to be stopped, if any. */
  readonly judge: (request: Buffer) => Direction | undefined;
  /** Called whenever something was held back. */
  readonly onHeld: () => void;
}

/** A request's first bytes may come in two pieces: so many of the earlier one are looked at again. */
const OVERLAP_BYTES = 64;

/** One relayed connection. When a side ends, however that happens, so does the other. */
export class ProxiedConnection {
  /** Resolves when the client's side is closed. */
  readonly closed: Promise<unknown>;
  readonly #held = new Map<Direction, Buffer[]>();
  #seen = Buffer.alloc(0);

  constructor(
    private readonly client: Socket,
    private readonly server: Socket,
    private readonly watch: ConnectionWatch,
  ) {
    this.closed = new Promise((resolve) => client.once('close', resolve));
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      // A broken connection is what the proxy is for; the other side is told by the close.
      socket.on('error', () => undefined);
      socket.once('close', () => this.destroy());
    }
    client.on('data', (chunk: Buffer) => {
      const request = Buffer.concat([this.#seen, chunk]);
      this.#seen = request.subarray(-OVERLAP_BYTES);
      const direction = watch.judge(request);
      if (direction !== undefined && !this.#held.has(direction)) {
        this.#held.set(direction, []);
        watch.onHeld();
      }
      this.#pass('requests', server, chunk);
    });
    server.on('data', (chunk: Buffer) => this.#pass('answers', client, chunk));
  }

  get isHeld(): boolean {
    return this.#held.size > 0;
  }

  get holdsAnswers(): boolean {
    return (this.#held.get('answers') ?? []).length > 0;
  }

  release(): void {
    const requests = this.#held.get('requests') ?? [];
    const answers = this.#held.get('answers') ?? [];
    this.#held.clear();
    this.#seen = Buffer.alloc(0);
    for (const chunk of requests) this.server.write(chunk);
    for (const chunk of answers) this.client.write(chunk);
  }

  reset(): void {
    this.client.resetAndDestroy();
    this.destroy();
  }

  /** What is held is lost: a client that was killed does not send it either. */
  destroy(): void {
    this.client.destroy();
    this.server.destroy();
  }

  #pass(direction: Direction, to: Socket, chunk: Buffer): void {
    const held = this.#held.get(direction);
    if (!held) return void to.write(chunk);
    held.push(chunk);
    this.watch.onHeld();
  }
}
