/** PostgreSQL's object id of the type bytea. */
const BYTEA = 17;

/** Dimensions, a flag for nulls, the type of the elements, their number, the first index: 32 bits each. */
const HEADER_BYTES = 20;
const LENGTH_BYTES = 4;

/**
 * A parameter for an array of values that need no quoting: UUIDs, numbers, booleans. The driver would
 * look through each of them for characters to escape.
 */
export function plainArray(values: readonly (string | number | boolean)[]): string {
  return `{${values.join(',')}}`;
}

/**
 * A parameter for a `bytea[]` in PostgreSQL's binary format (array_recv): the driver's text is twice as
 * long, quoted and escaped, and costs both sides several times as much.
 */
export function byteaArray(values: readonly Buffer[]): Buffer {
  const bytes = values.reduce((sum, { length }) => sum + LENGTH_BYTES + length, HEADER_BYTES);
  const array = Buffer.allocUnsafe(values.length === 0 ? HEADER_BYTES - 8 : bytes);
  array.writeInt32BE(values.length === 0 ? 0 : 1, 0);
  array.writeInt32BE(0, 4);
  array.writeInt32BE(BYTEA, 8);
  if (values.length === 0) return array;
  array.writeInt32BE(values.length, 12);
  array.writeInt32BE(1, 16);
  let at = HEADER_BYTES;
  for (const value of values) {
    at = array.writeInt32BE(value.length, at);
    at += value.copy(array, at);
  }
  return array;
}
