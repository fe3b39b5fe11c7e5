import { type DynamicModule, Module } from '@nestjs/common';
import { Logger } from './logger.js';

/** Makes the log injectable everywhere, by its class. */
@Module({})
export class LoggingModule {
  static forRoot(logger: Logger): DynamicModule {
    const provider = { provide: Logger, useValue: logger };
    return { module: LoggingModule, global: true, providers: [provider], exports: [Logger] };
  }
}
