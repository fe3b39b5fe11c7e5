import { numberAt } from './request-reader.js';

const ENTITY = Buffer.from('"body":{"entity":');
const NUMBER = Buffer.from(',"number":');
const AT = Buffer.from(',"at":');
const MAX_DEFECTS = 5;
/** Numbers of paths are below. */
const MOST_PATHS = 1_000;

/**
 * Checks that the events of each entity come one after the other, none missing, none twice: the
 * order that Kafka has of records with the same key. See `recordOf` for the bytes that are read.
 */
export class DeliveryLedger {
  readonly defects: string[] = [];
  readonly latencies: number[] = [];
  private readonly last = new Map<number, number>();

  /** `path`: several subscribers of the same event have a path each. */
  note(body: Buffer, path: number): void {
    const entityAt = body.indexOf(ENTITY);
    // A request of the raw measurement names no entity.
    if (entityAt === -1) return;
    const entity = numberAt(body, entityAt + ENTITY.length);
    const numberIndex = body.indexOf(NUMBER, entityAt) + NUMBER.length;
    const number = numberAt(body, numberIndex);
    this.check(entity * MOST_PATHS + path, number);
    const sentAt = numberAt(body, body.indexOf(AT, numberIndex) + AT.length);
    if (sentAt > 0) this.latencies.push(monotonicMicros() - sentAt);
  }

  private check(entityAtPath: number, number: number): void {
    const last = this.last.get(entityAtPath) ?? 0;
    if (number !== last + 1 && this.defects.length < MAX_DEFECTS) {
      const [entity, path] = [Math.floor(entityAtPath / MOST_PATHS), entityAtPath % MOST_PATHS];
      this.defects.push(`entity ${entity} at ${path}: number ${number} came after number ${last}`);
    }
    this.last.set(entityAtPath, number);
  }
}

/** A clock that all processes of the machine share, unlike `performance.now()`. */
export function monotonicMicros(): number {
  return Number(process.hrtime.bigint() / 1_000n);
}
