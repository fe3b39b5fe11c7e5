import { Controller, Get, HttpException, HttpStatus } from '@nestjs/common';
import { Readiness, type ReadinessReport } from './readiness.js';

/** For orchestrators: restart on `live`, send work on `ready`. */
@Controller('health')
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

  /** The process answers. What it cannot survive ends it, so there is nothing else to ask. */
  @Get('live')
  live(): { status: string } {
    return { status: 'live' };
  }

  /** 200 while it does its work; 503 with what is missing otherwise. */
  @Get('ready')
  async ready(): Promise<ReadinessReport> {
    const report = await this.readiness.report();
    if (!report.ready) throw new HttpException(report, HttpStatus.SERVICE_UNAVAILABLE);
    return report;
  }
}
