import type { ReceivedEnvelope } from './received-envelope.js';

/** A receiver that runs for days forgets the oldest ids; a repetition comes soon after the first. */
const REMEMBERED = 100_000;

/**
 * What one receiver remembers of what it took, to find out whether anything was repeated, left out
 * or overtaken. Kafka promises an order within a partition, so records are numbered by type (one
 * topic) and organization (the key); across types the date of enqueueing may only grow.
 */
export class DeliveryOrder {
  private readonly taken = new Set<string>();
  private readonly last = new Map<string, number>();
  private lastDate = '';
  private readonly excused = new Set<string>();

  /** The broken promises that this delivery shows; a repetition is nothing else besides. */
  take(envelope: ReceivedEnvelope): string[] {
    const { messageId, type, date, number } = envelope;
    // The service crashed between an answer and its record, or something is wrong.
    if (this.taken.has(messageId)) return [`message ${messageId} arrived twice`];
    this.remember(messageId);
    if (this.excused.delete(messageId)) return [];
    const findings: string[] = [];
    if (date < this.lastDate)
      findings.push(`${type} of ${date} came after one of ${this.lastDate}`);
    else this.lastDate = date;
    if (number) findings.push(...this.gap(`${number.run} ${type}`, type, number.number));
    return findings;
  }

  /** An operator takes this message out of its order: those behind it come first, and it may come later. */
  excuse({ messageId, type, number }: ReceivedEnvelope): void {
    this.excused.add(messageId);
    if (number) this.last.set(`${number.run} ${type}`, number.number);
  }

  private remember(messageId: string): void {
    this.taken.add(messageId);
    if (this.taken.size <= REMEMBERED) return;
    for (const oldest of this.taken) {
      this.taken.delete(oldest);
      return;
    }
  }

  /** A receiver that was started late begins with the number that comes first. */
  private gap(stream: string, type: string, number: number): string[] {
    const last = this.last.get(stream);
    this.last.set(stream, number);
    if (last === undefined || number === last + 1) return [];
    return [`${type} no. ${number} came after no. ${last}`];
  }
}
