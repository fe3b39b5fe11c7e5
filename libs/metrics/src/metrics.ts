import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

export interface Description {
  /** In base units, with its prefix: `webhooks_attempt_duration_seconds`. */
  readonly name: string;
  readonly help: string;
}

/** A label and every value that it can have: known when the program is written, so that series are few. */
export interface Label<Value extends string> {
  readonly name: string;
  readonly values: readonly Value[];
}

/** Adds one where no number is given. */
export type Count = (by?: number) => void;

/**
 * What this process tells Prometheus, on a registry of its own. Metrics of Node and of the process
 * (`nodejs_…`, `process_…`) are there from the start. Every series is made in advance: a counter
 * begins at 0, so that its first increase is seen, and counting makes no object of labels.
 */
export class Metrics {
  private readonly registry = new Registry();

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  /** The text of a scrape. */
  text(): Promise<string> {
    return this.registry.metrics();
  }

  counter(description: Description): Count {
    const counter = new Counter({ ...description, registers: [this.registry] });
    return (by = 1) => counter.inc(by);
  }

  /** A counter for each value of the label. */
  counters<Value extends string>(
    description: Description,
    label: Label<Value>,
  ): Readonly<Record<Value, Count>> {
    const { name, values } = label;
    const counter = new Counter({
      ...description,
      labelNames: [name],
      registers: [this.registry],
    });
    const counts = values.map((value): [Value, Count] => {
      const series = counter.labels(value);
      series.inc(0);
      return [value, (by = 1) => series.inc(by)];
    });
    return Object.fromEntries(counts) as Record<Value, Count>;
  }

  /** `buckets` are upper bounds, ascending. */
  histogram(description: Description, buckets: readonly number[]): (value: number) => void {
    const histogram = new Histogram({
      ...description,
      buckets: [...buckets],
      registers: [this.registry],
    });
    return (value) => histogram.observe(value);
  }

  /** Read at every scrape, which it must not fail; undefined: there is no series. */
  gauge(
    description: Description,
    read: () => number | undefined | Promise<number | undefined>,
  ): void {
    new Gauge({
      ...description,
      registers: [this.registry],
      async collect() {
        const value = await read();
        if (value === undefined) this.remove();
        else this.set(value);
      },
    });
  }

  /** A gauge for each value of the label that has been read; undefined: for none. */
  gauges<Value extends string>(
    description: Description,
    labelName: string,
    read: () => Promise<ReadonlyMap<Value, number> | undefined>,
  ): void {
    new Gauge({
      ...description,
      labelNames: [labelName],
      registers: [this.registry],
      async collect() {
        const values = await read();
        this.reset();
        for (const [label, value] of values ?? []) this.labels(label).set(value);
      },
    });
  }
}
