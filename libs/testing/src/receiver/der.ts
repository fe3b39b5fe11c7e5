/** Distinguished Encoding Rules (ITU-T X.690), as much as a certificate needs. */

export function tagged(tag: number, ...content: readonly Buffer[]): Buffer {
  const value = Buffer.concat(content);
  return Buffer.concat([Buffer.from([tag]), lengthOf(value.length), value]);
}

export const sequence = (...items: readonly Buffer[]): Buffer => tagged(0x30, ...items);
export const set = (...items: readonly Buffer[]): Buffer => tagged(0x31, ...items);
export const utf8 = (text: string): Buffer => tagged(0x0c, Buffer.from(text, 'utf8'));
export const octets = (value: Buffer): Buffer => tagged(0x04, value);
export const yes = (): Buffer => tagged(0x01, Buffer.from([0xff]));
/** A whole number of bytes: no unused bits at the end. */
export const bits = (value: Buffer): Buffer => tagged(0x03, Buffer.from([0]), value);

/** A leading zero keeps a number from being read as negative. */
export function integer(value: Buffer): Buffer {
  const negative = ((value[0] ?? 0) & 0x80) !== 0;
  return tagged(0x02, negative ? Buffer.concat([Buffer.from([0]), value]) : value);
}

/** Until 2049, the two-digit year of UTCTime is enough. */
export function utcTime(at: Date): Buffer {
  const digits = at.toISOString().replace(/[-:T]|\.\d{3}/g, '');
  return tagged(0x17, Buffer.from(digits.slice(2), 'ascii'));
}

export function objectId(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return tagged(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

function base128(value: number): number[] {
  const bytes = [value & 0x7f];
  for (let rest = value >> 7; rest > 0; rest >>= 7) bytes.unshift((rest & 0x7f) | 0x80);
  return bytes;
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest >>= 8) bytes.unshift(rest & 0xff);
  return Buffer.from([0x80 | bytes.length, ...bytes]);
}
