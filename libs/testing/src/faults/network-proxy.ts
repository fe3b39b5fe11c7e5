import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** What the network between two parties is like. */
export type NetworkCondition =
  | { readonly kind: 'fine' }
  /** Every chunk is so much later, each way. */
  | { readonly kind: 'slow'; readonly latencyMs: number }
  | { readonly kind: 'narrow'; readonly bytesPerSecond: number }
  /** Nothing passes and nobody is told, as where a cable was pulled. */
  | { readonly kind: 'half_open' }
  /** Connections are reset as they come. */
  | { readonly kind: 'refused' }
  /** An answer breaks off with a reset after so many bytes. */
  | { readonly kind: 'cut'; readonly afterBytes: number };

const FINE: NetworkCondition = { kind: 'fine' };

/** Written at once where the bandwidth is limited. */
const SLICE_MS = 100;

/** A relay on 127.0.0.1 whose network can be made worse and better while it is in use. */
export class NetworkProxy {
  readonly #server: Server;
  readonly #links = new Set<Link>();
  #condition: NetworkCondition = FINE;

  private constructor(private readonly target: { readonly host: string; readonly port: number }) {
    this.#server = createServer((client) => this.#accept(client));
  }

  /** `port`: 0, any free one, when not given. */
  static async start(
    target: { readonly host?: string; readonly port: number },
    port = 0,
  ): Promise<NetworkProxy> {
    const proxy = new NetworkProxy({ host: target.host ?? '127.0.0.1', port: target.port });
    proxy.#server.listen(port, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get condition(): NetworkCondition {
    return this.#condition;
  }

  become(condition: NetworkCondition): void {
    this.#condition = condition;
    if (condition.kind === 'refused') this.reset();
  }

  /** The network is fine again. What went through a dead line does not come back to life. */
  heal(): void {
    const wasDead = this.#condition.kind === 'half_open';
    this.#condition = FINE;
    if (wasDead) this.reset();
  }

  /** Resets (RST) every connection of the moment. */
  reset(): void {
    for (const link of this.#links) link.reset();
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.reset();
    await closed;
  }

  #accept(client: Socket): void {
    if (this.#condition.kind === 'refused') return void client.resetAndDestroy();
    const link = new Link(client, connect(this.target), () => this.#condition);
    this.#links.add(link);
    client.once('close', () => this.#links.delete(link));
  }
}

/** One relayed connection. When a side ends, however that happens, so does the other. */
class Link {
  #answered = 0;

  constructor(
    private readonly client: Socket,
    private readonly server: Socket,
    private readonly condition: () => NetworkCondition,
  ) {
    this.#relay(client, server, false);
    this.#relay(server, client, true);
  }

  reset(): void {
    this.client.resetAndDestroy();
    this.server.resetAndDestroy();
  }

  #relay(from: Socket, to: Socket, isAnswer: boolean): void {
    let earlier = Promise.resolve();
    from.setNoDelay(true);
    // A broken connection is what the proxy is for; the other side is told by the close.
    from.on('error', () => undefined);
    from.on('data', (chunk: Buffer) => {
      // One chunk under way at a time: the sender feels a network that is slow.
      from.pause();
      earlier = earlier.then(() => this.#pass(chunk, to, isAnswer)).finally(() => from.resume());
    });
    from.once('end', () => void earlier.then(() => to.end()));
    from.once(
      'close',
      (hadError) => void earlier.then(() => (hadError ? to.resetAndDestroy() : to.destroy())),
    );
  }

  async #pass(chunk: Buffer, to: Socket, isAnswer: boolean): Promise<void> {
    const condition = this.condition();
    switch (condition.kind) {
      case 'half_open':
        return;
      case 'slow':
        await delay(condition.latencyMs);
        to.write(chunk);
        return;
      case 'narrow':
        return this.#trickle(chunk, to);
      case 'cut':
        return this.#cut(chunk, to, isAnswer ? condition.afterBytes : Infinity);
      case 'fine':
      case 'refused':
        to.write(chunk);
    }
  }

  async #trickle(chunk: Buffer, to: Socket): Promise<void> {
    let rest = chunk;
    for (
      let now = this.condition();
      now.kind === 'narrow' && rest.length > 0;
      now = this.condition()
    ) {
      const slice = Math.max(1, Math.floor((now.bytesPerSecond * SLICE_MS) / 1000));
      to.write(rest.subarray(0, slice));
      rest = rest.subarray(slice);
      await delay(SLICE_MS);
    }
    if (rest.length > 0) to.write(rest);
  }

  #cut(chunk: Buffer, to: Socket, afterBytes: number): void {
    const allowed = Math.max(0, afterBytes - this.#answered);
    this.#answered += Math.min(chunk.length, allowed);
    if (chunk.length <= allowed) return void to.write(chunk);
    to.write(chunk.subarray(0, allowed), () => this.reset());
  }
}
