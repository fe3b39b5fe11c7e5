/** A record that could not become a message. */
export interface DeadLetterView {
  readonly id: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  /** Milliseconds since the epoch as Kafka gave them: any 64-bit integer. */
  readonly timestamp: string;
  readonly reason: string;
  readonly detail: string;
  readonly receivedAt: Date;
  /** UTF-8 where it is that, else null; `keyBase64` has the bytes. */
  readonly key: string | null;
  readonly keyBase64: string | null;
  readonly valueBytes: number | null;
  readonly redrivenAt: Date | null;
  readonly redrivenBy: string | null;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
}

export type DeadLetterRow = Omit<DeadLetterView, 'key' | 'keyBase64'> & {
  readonly key: Buffer | null;
};

/** Of `d`. */
export const DEAD_LETTER_COLUMNS = `
  d.id::text AS id, d.topic, d.partition, d."offset"::text AS "offset",
  d.record_timestamp::text AS "timestamp", d.reason, d.detail, d.received_at AS "receivedAt", d.key,
  octet_length(d.value) AS "valueBytes", d.redriven_at AS "redrivenAt",
  d.redriven_by AS "redrivenBy", d.headers`;

export const deadLetterView = ({ key, ...row }: DeadLetterRow): DeadLetterView => ({
  ...row,
  key: utf8Of(key),
  keyBase64: key?.toString('base64') ?? null,
});

/** Null where the bytes are no UTF-8: a text with replacements would pass for them. */
export function utf8Of(bytes: Buffer | null): string | null {
  const text = bytes?.toString('utf8');
  return text !== undefined && Buffer.from(text, 'utf8').equals(bytes ?? Buffer.alloc(0))
    ? text
    : null;
}
