import { recordPrinted } from './printed-record.js';

/** One line of a scrape. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What `/metrics` answered, taken apart. */
export class Scrape {
  readonly samples: readonly Sample[];

  constructor(readonly text: string) {
    this.samples = text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => sampleOf(line));
  }

  /** @throws Error where it is not answered with 200. */
  static async of(baseUrl: string): Promise<Scrape> {
    const answer = await fetch(`${baseUrl}/metrics`);
    if (answer.status !== 200) throw new Error(`/metrics answered ${answer.status}`);
    const text = await answer.text();
    recordPrinted(text);
    return new Scrape(text);
  }

  /** Names of series: of a histogram, those with `_bucket`, `_sum` and `_count`. */
  get names(): ReadonlySet<string> {
    return new Set(this.samples.map(({ name }) => name));
  }

  /** The value of a series; undefined where there is none. */
  value(name: string, labels: Sample['labels'] = {}): number | undefined {
    return this.samples.find(
      (sample) =>
        sample.name === name &&
        Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
    )?.value;
  }

  /** The values of a metric by a label, those that are not 0. */
  counted(name: string, label: string): Record<string, number> {
    return Object.fromEntries(
      this.samples
        .filter((sample) => sample.name === name && sample.value !== 0)
        .map((sample) => [sample.labels[label], sample.value]),
    );
  }
}

function sampleOf(line: string): Sample {
  const [, name = '', labels = '', value = ''] = /^([\w:]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
  if (name === '') throw new Error(`no sample: ${line}`);
  return {
    name,
    labels: Object.fromEntries(
      [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, label, text]) => [label, text]),
    ),
    value: value === '+Inf' ? Infinity : Number(value),
  };
}
