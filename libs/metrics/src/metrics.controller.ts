import type { IncomingMessage, ServerResponse } from 'node:http';
import { All, Controller, Req, Res } from '@nestjs/common';
import { answerScrape, METRICS_PATH } from './metrics-endpoint.js';
import { Metrics } from './metrics.js';

/** For Prometheus, on a port that is not public. */
@Controller(METRICS_PATH)
export class MetricsController {
  constructor(private readonly metrics: Metrics) {}

  @All()
  scrape(@Req() request: IncomingMessage, @Res() response: ServerResponse): Promise<void> {
    return answerScrape(this.metrics, request, response);
  }
}
