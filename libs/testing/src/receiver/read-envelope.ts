/** The envelope as a receiver reads it; `body` are the very bytes that stood in it. */
export interface ReadEnvelope {
  readonly header: Readonly<Record<string, unknown>>;
  readonly headerKeys: readonly string[];
  readonly body: Buffer;
}

const START = '{"header":';
const BETWEEN = ',"body":';

/**
 * Takes `{"header":{…},"body":…}` apart without parsing the body, so that a test can compare the
 * body byte by byte. Shares no code with what builds the envelope.
 *
 * @throws Error when the bytes do not have exactly this form or are not JSON as a whole.
 */
export function readEnvelope(bytes: Buffer): ReadEnvelope {
  JSON.parse(bytes.toString('utf8'));
  const text = bytes.toString('latin1');
  if (!text.startsWith(START)) throw new Error(`The envelope does not start with ${START}`);
  const headerEnd = endOfFlatObject(text, START.length);
  const bodyStart = headerEnd + BETWEEN.length;
  if (text.slice(headerEnd, bodyStart) !== BETWEEN || !text.endsWith('}')) {
    throw new Error(`The header of the envelope is not followed by ${BETWEEN}`);
  }
  const json = bytes.subarray(START.length, headerEnd).toString('utf8');
  const header = JSON.parse(json) as Record<string, unknown>;
  return {
    header,
    headerKeys: Object.keys(header),
    body: bytes.subarray(bodyStart, bytes.length - 1),
  };
}

/** The position after the object that starts at `start`; braces inside strings do not count. */
function endOfFlatObject(text: string, start: number): number {
  const object = /^\{(?:[^"}]|"(?:[^"\\]|\\.)*")*\}/s.exec(text.slice(start));
  if (object === null) throw new Error('The header of the envelope is no flat object');
  return start + object[0].length;
}
