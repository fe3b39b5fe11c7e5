import { Configuration, Logger } from '@app/platform';
import { openTracing, Tracing } from '@app/tracing';
import type { Provider } from '@nestjs/common';

/** From the record to the receiver, where there is a collector. */
export const TRACES: Provider = {
  provide: Tracing,
  inject: [Configuration, Logger],
  useFactory: ({ tracing }: Configuration, logger: Logger) =>
    openTracing(tracing, logger.child('traces')),
};
