const HEAD_END = Buffer.from('\r\n\r\n');
const LENGTH = Buffer.from('content-length: ');
const PATH_NUMBER_AT = 'POST /webhooks/'.length;
const NOTHING = Buffer.alloc(0);
const ZERO = 0x30;
const NINE = 0x39;

/**
 * Cuts requests out of a connection's bytes. Only what undici sends is understood: HTTP/1.1, a
 * `content-length` in lower case, no chunks. A server of any generality would be what is measured.
 */
export class RequestReader {
  private rest: Buffer = NOTHING;

  /** `path`: the number behind `/webhooks/`, 0 where there is none. */
  constructor(private readonly onBody: (body: Buffer, path: number) => void) {}

  read(chunk: Buffer): void {
    let bytes = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    for (;;) {
      const headEnd = bytes.indexOf(HEAD_END);
      if (headEnd === -1) break;
      const length = bytes.indexOf(LENGTH);
      const start = headEnd + HEAD_END.length;
      const end = start + (length === -1 ? 0 : numberAt(bytes, length + LENGTH.length));
      if (bytes.length < end) break;
      this.onBody(bytes.subarray(start, end), numberAt(bytes, PATH_NUMBER_AT));
      bytes = bytes.subarray(end);
    }
    this.rest = bytes;
  }
}

/** The decimal number that begins at `index`. */
export function numberAt(bytes: Buffer, index: number): number {
  let value = 0;
  for (let at = index; ; at += 1) {
    const digit = bytes[at] ?? 0;
    if (digit < ZERO || digit > NINE) return value;
    value = value * 10 + digit - ZERO;
  }
}
