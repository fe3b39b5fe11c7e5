import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Metrics } from './metrics.js';

export const METRICS_PATH = '/metrics';

/** Answers a scrape: GET and HEAD, never from a cache. */
export async function answerScrape(
  metrics: Metrics,
  { method }: Pick<IncomingMessage, 'method'>,
  response: ServerResponse,
): Promise<void> {
  response.setHeader('Cache-Control', 'no-store');
  if (method !== 'GET' && method !== 'HEAD') {
    response.writeHead(405, { Allow: 'GET, HEAD' }).end();
    return;
  }
  const text = Buffer.from(await metrics.text());
  response.writeHead(200, { 'Content-Type': metrics.contentType, 'Content-Length': text.length });
  // For HEAD, Node leaves the body out.
  response.end(text);
}
