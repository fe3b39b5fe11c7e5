/** What a receiver needs of a delivery. */
export interface ReceivedEnvelope {
  readonly organizationId: string;
  readonly messageId: string;
  readonly webhookId: string;
  readonly type: string;
  /** ISO 8601: when the message was enqueued. */
  readonly date: string;
  /** The record's number, where the demonstration's publisher produced it. */
  readonly number: RecordNumber | undefined;
  /** The bytes between `"body":` and the last brace: the very bytes of the record. */
  readonly record: Buffer;
}

/** Records of one run, organization and type are numbered from 1, without gaps. */
export interface RecordNumber {
  readonly run: string;
  readonly number: number;
}

const HEADER_FIELDS = ['organizationId', 'messageId', 'webhookId', 'type', 'date'] as const;
const BEFORE_RECORD = ',"body":';

/** Undefined where the bytes are not `{"header":{…},"body":…}` with the documented header. */
export function readEnvelope(bytes: Buffer): ReceivedEnvelope | undefined {
  const parsed = parse(bytes.toString('utf8'));
  if (!isObject(parsed) || !isObject(parsed['header'])) return undefined;
  const { header } = parsed;
  const fields = HEADER_FIELDS.map((name) => header[name]);
  if (!fields.every((field) => typeof field === 'string')) return undefined;
  const [organizationId, messageId, webhookId, type, date] = fields as [
    string,
    string,
    string,
    string,
    string,
  ];
  const start = bytes.indexOf(BEFORE_RECORD) + BEFORE_RECORD.length;
  const record = bytes.subarray(start, -1);
  return {
    organizationId,
    messageId,
    webhookId,
    type,
    date,
    number: numberOf(parsed['body']),
    record,
  };
}

function numberOf(body: unknown): RecordNumber | undefined {
  const demo = isObject(body) ? body['demo'] : undefined;
  if (!isObject(demo)) return undefined;
  const { run, number } = demo;
  return typeof run === 'string' && typeof number === 'number' ? { run, number } : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
