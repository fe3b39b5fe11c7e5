import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerScrape, METRICS_PATH } from './metrics-endpoint.js';
import type { Metrics } from './metrics.js';

/** Whether a program lives, and whether it is ready, each by its path, such as `/health/live`. */
export type HealthChecks = Readonly<
  Record<string, () => Promise<{ readonly isGood: boolean; readonly body: object }>>
>;

/** A port of its own for scrapes and health checks, for a program whose other port is public. */
export class MetricsServer {
  private readonly server: Server;

  constructor(metrics: Metrics, checks: HealthChecks = {}) {
    this.server = createServer((request, response) => {
      const [path = ''] = (request.url ?? '').split('?');
      const check = Object.hasOwn(checks, path) ? checks[path] : undefined;
      const answer =
        path === METRICS_PATH
          ? answerScrape(metrics, request, response)
          : check && answerCheck(check, response);
      if (answer) answer.catch(() => response.destroy());
      else response.writeHead(404).end();
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

async function answerCheck(check: HealthChecks[string], response: ServerResponse): Promise<void> {
  const { isGood, body } = await check();
  response.writeHead(isGood ? 200 : 503, {
    'Content-Type': 'application/json',
    'Cache-Control': 'no-store',
  });
  response.end(JSON.stringify(body));
}
