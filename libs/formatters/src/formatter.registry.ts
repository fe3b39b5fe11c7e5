import {
  type CatalogueRow,
  type DeadLetter,
  type DispatchSwitches,
  type FormattedEvent,
  type KafkaRecord,
  dispatchedRows,
} from '@app/events';
import { DefaultTopicDataFormatter } from './default-topic-data.formatter.js';
import { FormatterRegistryError, TopicWithoutFormatterError } from './formatters.errors.js';
import { locationIdAccessorFor } from './location-fact.js';
import { LocationTopicDataFormatter } from './location-topic-data.formatter.js';
import { accessorFor } from './organization-id.js';
import type { WebHookFormatterInterface } from './web-hook-formatter.interface.js';

export interface FormatterRegistryOptions extends DispatchSwitches {
  /** Values with more bytes than this become dead letters. */
  readonly maxBytes: number;
}

/** One topic of the catalogue and its formatter. */
export type FormatterEntry = readonly [topic: string, formatter: WebHookFormatterInterface];

/** The formatter of every dispatched row of the catalogue, chosen by its organization path. */
export function catalogueFormatters(options: FormatterRegistryOptions): FormatterEntry[] {
  return dispatchedRows(options).map((row) => [row.topic, formatterFor(row, options.maxBytes)]);
}

function formatterFor(row: CatalogueRow, maxBytes: number): WebHookFormatterInterface {
  const { type, organizationPath } = row;
  if (organizationPath.by === 'location') return new LocationTopicDataFormatter(type, { maxBytes });
  return new DefaultTopicDataFormatter(type, {
    organizationIdAccessor: accessorFor(organizationPath.path),
    locationIdAccessor: locationIdAccessorFor(type),
    maxBytes,
  });
}

/**
 * Stage 2 of the pipeline: which formatter a topic has.
 *
 * Construction proves that the formatters and the dispatched topics of the catalogue cover each
 * other one to one, and throws `FormatterRegistryError` naming the topics otherwise: a service
 * that would lose a type does not start.
 */
export class FormatterRegistry {
  private readonly formatters: ReadonlyMap<string, WebHookFormatterInterface>;

  constructor(
    options: FormatterRegistryOptions,
    entries: readonly FormatterEntry[] = catalogueFormatters(options),
  ) {
    prove(entries, options);
    this.formatters = new Map(entries);
  }

  /**
   * The formatter of a topic as the catalogue names it, without an installation's prefix. Throws
   * `TopicWithoutFormatterError`.
   */
  for(topic: string): WebHookFormatterInterface {
    const formatter = this.formatters.get(topic);
    if (!formatter) throw new TopicWithoutFormatterError(topic);
    return formatter;
  }

  /**
   * Formats a record by its topic. Throws only `TopicWithoutFormatterError`, which cannot happen
   * while the subscription is derived from the same catalogue and switches.
   */
  format(record: KafkaRecord): FormattedEvent | DeadLetter {
    return this.for(record.topic).format(record);
  }
}

function prove(entries: readonly FormatterEntry[], switches: DispatchSwitches): void {
  const wanted: readonly string[] = dispatchedRows(switches).map((row) => row.topic);
  const given = entries.map(([topic]) => topic);
  const faults = {
    missing: wanted.filter((topic) => !given.includes(topic)),
    overlapping: [...new Set(given.filter((topic, index) => given.indexOf(topic) !== index))],
    unknown: given.filter((topic) => !wanted.includes(topic)),
  };
  const count = faults.missing.length + faults.overlapping.length + faults.unknown.length;
  if (count > 0) throw new FormatterRegistryError(faults);
}
