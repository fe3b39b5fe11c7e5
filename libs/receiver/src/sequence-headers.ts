import { headerValues, type WebhookRequestHeaders } from './request-headers.js';

export const SEQUENCE_HEADER = 'x-happycolis-sequence';
export const PREVIOUS_SEQUENCE_HEADER = 'x-happycolis-previous-sequence';
export const SKIPPED_SEQUENCES_HEADER = 'x-happycolis-skipped-sequences';

/** Positions from `first` to `last`, both included. */
export interface SequenceRange {
  readonly first: number;
  readonly last: number;
}

/** What a request says of its place. The signature covers none of it: advice, and nothing else. */
export interface SequencePosition {
  /** Place in the queue, from 1; undefined where the request does not say. */
  readonly sequence: number | undefined;
  /** Place of what this webhook got before; 0: this is its first one; undefined: not known. */
  readonly previous: number | undefined;
  /** Places of this webhook in between that operators skipped: they will not come. */
  readonly skipped: readonly SequenceRange[];
  /** Whether there are more of them than the header has room for. */
  readonly moreSkipped: boolean;
}

/** As many digits as a number holds exactly. */
const POSITION = /^\d{1,15}$/;
const RANGE = /^(\d{1,15})(?:-(\d{1,15}))?$/;
const MORE = '...';

/** Reads the three headers. What cannot be read counts as not said: nothing is refused for it. */
export function sequencePosition(headers: WebhookRequestHeaders): SequencePosition {
  const sequence = position(headers, SEQUENCE_HEADER);
  const entries = headerValues(headers, SKIPPED_SEQUENCES_HEADER)
    .flatMap((value) => value.split(','))
    .map((entry) => entry.trim());
  return {
    sequence: sequence === 0 ? undefined : sequence,
    previous: position(headers, PREVIOUS_SEQUENCE_HEADER),
    skipped: entries.flatMap((entry) => range(entry) ?? []),
    moreSkipped: entries.includes(MORE),
  };
}

function position(headers: WebhookRequestHeaders, name: string): number | undefined {
  const [value, ...others] = headerValues(headers, name);
  if (value === undefined || others.length > 0 || !POSITION.test(value)) return undefined;
  return Number(value);
}

function range(entry: string): SequenceRange | undefined {
  const [, from, to = from] = RANGE.exec(entry) ?? [];
  if (from === undefined) return undefined;
  const [first, last] = [Number(from), Number(to)];
  return first > 0 && first <= last ? { first, last } : undefined;
}
