/** Where in the order of its webhook an attempt stands. Decimal strings, because JSON readers round them. */
export interface AttemptPosition {
  readonly seq: string;
  readonly attempt: string;
  /** Microseconds since the epoch: what PostgreSQL keeps, a thousand times what Date does. */
  readonly startedAtUs: string;
}

/** So many digits always fit into what the database compares them with. */
const POSITION = /^(\d{1,18})\.(\d{1,9})\.(\d{1,18})$/;

/** Opaque to callers. */
export function cursorOf({ seq, attempt, startedAtUs }: AttemptPosition): string {
  return Buffer.from(`${seq}.${attempt}.${startedAtUs}`).toString('base64url');
}

/** Undefined for what is no cursor. */
export function positionOf(cursor: string): AttemptPosition | undefined {
  const [, seq, attempt, startedAtUs] =
    POSITION.exec(Buffer.from(cursor, 'base64url').toString('latin1')) ?? [];
  if (seq === undefined || attempt === undefined || startedAtUs === undefined) return undefined;
  const position = { seq, attempt, startedAtUs };
  // Buffer reads other alphabets as well, and passes over what is none.
  return cursorOf(position) === cursor ? position : undefined;
}
