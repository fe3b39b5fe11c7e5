import { isUtf8 } from 'node:buffer';
import type { DeadLetterReason } from '@app/events';

export type JsonObject = Readonly<Record<string, unknown>>;

/** Why a record cannot become an event: the part of a dead letter that the bytes decide. */
export interface Refusal {
  readonly kind: 'refusal';
  readonly reason: DeadLetterReason;
  readonly detail: string;
}

/** The value of a record that is a JSON object: parsed for reading, and its bytes for sending. */
export interface Payload {
  readonly kind: 'payload';
  readonly fields: JsonObject;
  readonly bytes: Buffer;
}

/** Confluent's wire format: a zero byte, then the schema's id, then Avro, Protobuf or JSON. */
const SCHEMA_REGISTRY_MAGIC = 0x00;

const BYTE_ORDER_MARK = 0xfeff;

export function refusal(reason: DeadLetterReason, detail: string): Refusal {
  return { kind: 'refusal', reason, detail };
}

/**
 * Reads the value of a record. The checks go from cheap to dear, and the size is checked before
 * anything reads the bytes, so that a record of hundreds of megabytes costs nothing.
 */
export function readPayload(value: Buffer | null, maxBytes: number): Payload | Refusal {
  if (value === null) return refusal('tombstone', 'The record has no value.');
  if (value.length > maxBytes) {
    return refusal('too_large', `The value has ${value.length} bytes; at most ${maxBytes} pass.`);
  }
  if (value[0] === SCHEMA_REGISTRY_MAGIC) {
    const detail = 'The value begins with the zero byte of a schema registry; expected plain JSON.';
    return refusal('schema_registry_framing', detail);
  }
  if (!isUtf8(value)) return refusal('invalid_utf8', 'The value is not valid UTF-8.');
  return parseObject(value);
}

function parseObject(bytes: Buffer): Payload | Refusal {
  const text = bytes.toString('utf8');
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    // The engine's message quotes the value, and a body must not reach a log: it is not passed on.
    return refusal('not_json', notJson(text));
  }
  if (isJsonObject(parsed)) return { kind: 'payload', fields: parsed, bytes };
  return refusal('not_an_object', `The value is JSON ${kindOf(parsed)}; expected an object.`);
}

function notJson(text: string): string {
  if (text === '') return 'The value is empty; expected a JSON object.';
  if (text.charCodeAt(0) === BYTE_ORDER_MARK) {
    return 'The value begins with a byte order mark, which is not JSON.';
  }
  return 'The value is not valid JSON.';
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Names the kind of a JSON value without telling the value. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value;
}
