import { CATALOGUE, sampleBody, type JsonObject, type WebhookType } from '@app/events';

/** A record ready to be produced. */
export interface SampleRecord {
  readonly type: WebhookType;
  /** Without the installation's prefix. */
  readonly topic: string;
  /** The organization: all of its records of one topic go to one partition and keep their order. */
  readonly key: string;
  readonly value: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

export interface SampleOptions {
  readonly type: WebhookType;
  readonly organizationId: string;
  readonly run: string;
  /** From 1, by run, organization and type. */
  readonly number: number;
  /**
   * How the service learns the organization of the four types whose body names only a location:
   * `directory`, from a `location/*` event that it saw before; `header`, from the record's own.
   */
  readonly locationBy?: 'directory' | 'header';
}

const ROWS = new Map(CATALOGUE.map((row) => [row.type as string, row]));

/**
 * The documented sample of a type, made out to an organization. Two values in it do not survive a
 * parser (a 20-digit integer, `10.00`), so that a receiver sees whether the bytes were kept.
 */
export function sampleRecord(options: SampleOptions): SampleRecord {
  const { type, organizationId, run, number, locationBy = 'directory' } = options;
  const row = ROWS.get(type);
  if (!row) throw new Error(`there is no event type ${type}`);
  const byLocation = row.organizationPath.by === 'location';
  const body = sampleBody(type, organizationId);
  const located = locate(type, body, organizationId, byLocation && locationBy === 'header');
  const mark = `{"run":${JSON.stringify(run)},"number":${number},"exact":[12345678901234567890, 10.00]}`;
  const value = Buffer.from(`${JSON.stringify(located).slice(0, -1)}, "demo": ${mark}}`);
  const headers: Record<string, string> =
    byLocation && locationBy === 'header' ? { organizationId } : {};
  return { type, topic: row.topic, key: organizationId, value, headers };
}

/** The directory knows a location for one organization only, so each has a location of its own. */
function locate(
  type: WebhookType,
  body: JsonObject,
  organizationId: string,
  unknown: boolean,
): JsonObject {
  if (!type.startsWith('location/')) return body;
  const location = `location-${organizationId}`;
  if ('locationId' in body) {
    return { ...body, locationId: unknown ? `unknown-${location}` : location };
  }
  return { ...body, id: location };
}
