import type { Logger } from '@app/platform';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base';

type Done = Parameters<SpanExporter['export']>[1];
type Result = Parameters<Done>[0];

/** `ExportResultCode.SUCCESS` of @opentelemetry/core, which nothing else here needs. */
const SUCCESS = 0;

/**
 * Says once that spans do not arrive, and once that they do again: in between, every batch fails.
 */
export class WatchedExporter implements SpanExporter {
  private lost: { readonly since: number; spans: number } | undefined;

  constructor(
    private readonly exporter: SpanExporter,
    private readonly log: Logger,
  ) {}

  export(spans: ReadableSpan[], done: Done): void {
    this.exporter.export(spans, (result) => {
      this.judge(result, spans.length);
      done(result);
    });
  }

  shutdown(): Promise<void> {
    return this.exporter.shutdown();
  }

  async forceFlush(): Promise<void> {
    await this.exporter.forceFlush?.();
  }

  private judge({ code, error }: Result, spans: number): void {
    if (code !== SUCCESS) {
      if (!this.lost) this.log.warn('span_export.failed', { cause: causeOf(error), spans });
      this.lost ??= { since: performance.now(), spans: 0 };
      this.lost.spans += spans;
    } else if (this.lost) {
      const failedForMs = Math.round(performance.now() - this.lost.since);
      this.log.info('span_export.recovered', { failedForMs, lostSpans: this.lost.spans });
      this.lost = undefined;
    }
  }
}

/** Not the error itself: it holds what the collector answered. */
function causeOf(error: Error | undefined): string {
  const code = error !== undefined && 'code' in error ? String(error.code) : '';
  return `${String(error)} ${code}`.trim();
}
