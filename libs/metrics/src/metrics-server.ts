import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerScrape, METRICS_PATH } from './metrics-endpoint.js';
import type { Metrics } from './metrics.js';

/** A port of its own for scrapes, for a program whose other port is public. */
export class MetricsServer {
  private readonly server: Server;

  constructor(metrics: Metrics) {
    this.server = createServer((request, response) => {
      const [path] = (request.url ?? '').split('?');
      if (path !== METRICS_PATH) response.writeHead(404).end();
      else answerScrape(metrics, request, response).catch(() => response.destroy());
    });
  }

  /** Where it listens, once it does. */
  get port(): number | undefined {
    return (this.server.address() as AddressInfo | null)?.port;
  }

  /** 0 takes a free port. Rejects where somebody else listens there. */
  async listen(port: number): Promise<void> {
    this.server.listen(port);
    await once(this.server, 'listening');
  }

  /** Connections end with the scrape that they carry, if any. */
  close(): void {
    this.server.close();
  }
}
