import { isUuid } from '@app/events';
import { isUsableId } from '@app/formatters';
import { InvalidArgumentError } from 'commander';

/** A scope-token of RFC 6749 section 3.3, without the comma that separates them here. */
const SCOPE = /^[!#-+\--[\]-~]{1,100}$/;
/** No control characters, which a terminal would obey. */
const LABEL = /^[^\p{Cc}\p{Cs}]{1,200}$/u;
const HIGHEST_LIMIT = 100_000;

/** Every id that operators name is one of ours, and those are UUIDs. */
export function uuid(text: string): string {
  if (!isUuid(text)) throw new InvalidArgumentError('It is not a UUID.');
  return text.toLowerCase();
}

/** The same rule as for events: an id that no event can carry would never match one. */
export function organizationId(text: string): string {
  if (isUsableId(text)) return text;
  throw new InvalidArgumentError('It takes 1 to 64 characters, none of them a control character.');
}

/** A name or a reason, for people. */
export function label(text: string): string {
  const trimmed = text.trim();
  if (LABEL.test(trimmed)) return trimmed;
  throw new InvalidArgumentError('It takes 1 to 200 characters, none of them a control character.');
}

/** Comma-separated; an empty text is an empty list. */
export function scopes(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  const given = [...new Set(names.filter((name) => name !== ''))];
  const wrong = given.find((name) => !SCOPE.test(name));
  if (wrong === undefined) return given;
  throw new InvalidArgumentError(
    `"${wrong}" is not a scope; they are separated by commas, such as edit_integrations,view_integrations.`,
  );
}

export function limit(text: string): number {
  const value = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= HIGHEST_LIMIT) return value;
  throw new InvalidArgumentError(`It is not a whole number from 1 to ${HIGHEST_LIMIT}.`);
}

export function positive(text: string): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (value >= 1) return value;
  throw new InvalidArgumentError('It is not a whole number from 1 on.');
}

/** A time with its offset: without one it would mean something else on another machine. */
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/;

export function moment(text: string): string {
  if (MOMENT.test(text) && !Number.isNaN(Date.parse(text))) return text;
  throw new InvalidArgumentError('It is no time with its offset, such as 2026-01-31T12:00:00Z.');
}

/** The id of something that is numbered. */
export function numberId(text: string): string {
  if (/^\d{1,18}$/.test(text)) return text;
  throw new InvalidArgumentError('It is no id, which is a number.');
}
