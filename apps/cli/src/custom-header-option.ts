import { InvalidArgumentError } from 'commander';

/** `K: V` as curl writes them; the white space around the value is not part of it (RFC 9110 5.5). */
const HEADER = /^([^:\s]+):[ \t]*(.*?)[ \t]*$/s;

/** Collects a repeatable `--header 'K: V'`. Whether such a header may be sent is judged later. */
export function customHeader(
  text: string,
  earlier: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const [, name, value] = HEADER.exec(text) ?? [];
  if (name === undefined || value === undefined) {
    throw new InvalidArgumentError("It is not of the form 'Name: value'.");
  }
  if (Object.hasOwn(earlier, name)) {
    throw new InvalidArgumentError(`The header ${name} is given twice.`);
  }
  return Object.fromEntries([...Object.entries(earlier), [name, value]]);
}
