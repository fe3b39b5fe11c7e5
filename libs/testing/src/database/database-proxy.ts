import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/**
 * A TCP proxy before a database, for failures that a healthy server does not offer: connections
 * that break, a server that refuses new ones, an answer that is lost after the commit.
 */
export class DatabaseProxy {
  private readonly sockets = new Set<Socket>();
  private isDown = false;
  private marked: string | undefined;

  private constructor(
    private readonly target: URL,
    private readonly server: Server,
  ) {
    server.on('connection', (client) => this.relay(client));
  }

  static async start(databaseUrl: string): Promise<DatabaseProxy> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new DatabaseProxy(new URL(databaseUrl), server);
  }

  /** The same database, by way of this proxy. */
  get url(): string {
    const url = new URL(this.target);
    url.hostname = '127.0.0.1';
    url.port = String((this.server.address() as AddressInfo).port);
    return url.href;
  }

  /** Breaks every connection and refuses new ones, as a server that is restarted would. */
  goDown(): void {
    this.isDown = true;
    for (const socket of this.sockets) socket.destroy();
  }

  comeBack(): void {
    this.isDown = false;
  }

  /** The next statement that contains the text is executed, but its answer never arrives. */
  loseAnswerTo(text: string): void {
    this.marked = text;
  }

  async stop(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.goDown();
    await closed;
  }

  private relay(client: Socket): void {
    if (this.isDown) return void client.resetAndDestroy();
    const upstream = connect(Number(this.target.port), this.target.hostname);
    let losesAnswer = false;
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => {
        this.sockets.delete(socket);
        other.destroy();
      });
    }
    client.on('data', (bytes) => {
      if (this.marked !== undefined && bytes.includes(this.marked)) {
        this.marked = undefined;
        losesAnswer = true;
      }
      upstream.write(bytes);
    });
    upstream.on('data', (bytes) => {
      if (losesAnswer) client.destroy();
      else client.write(bytes);
    });
  }
}
