import type { Readable } from 'node:stream';
import { ConditionWaits } from '../receiver/condition-waits.js';
import { recordPrinted } from './printed-record.js';

/** A structured line of the service; what else it carries depends on the event. */
export interface LogLine {
  readonly level: string;
  readonly event: string;
  readonly [field: string]: unknown;
}

export interface LogWaitOptions {
  /** 15,000 when not given. */
  readonly timeoutMs?: number;
}

/** How many lines an error quotes. */
const LAST_LINES = 25;

/** Everything that a process printed, and its structured lines taken apart. */
export class ServiceLog {
  /** Structured lines, in the order in which they were written. */
  readonly lines: LogLine[] = [];
  /** Lines that are no JSON: there should be none but the last words of a process that cannot start. */
  readonly unstructured: string[] = [];
  readonly #waits = new ConditionWaits();
  #text = '';
  #isComplete = false;

  /** Standard output and error, byte for byte as far as they are text. */
  get text(): string {
    return this.#text;
  }

  of(event: string): LogLine[] {
    return this.lines.filter((line) => line.event === event);
  }

  /**
   * The first line that fits, be it written already or yet to come.
   *
   * @throws Error after the time limit or the end of the process, with the last lines.
   */
  async waitFor(
    fits: string | ((line: LogLine) => boolean),
    { timeoutMs = 15_000 }: LogWaitOptions = {},
  ): Promise<LogLine> {
    const isMeant = typeof fits === 'string' ? (line: LogLine) => line.event === fits : fits;
    const found = (): LogLine | undefined => this.lines.find(isMeant);
    await this.#waits.until(
      () => this.#isComplete || found() !== undefined,
      timeoutMs,
      () => `no such log line; ${this.tail()}`,
    );
    const line = found();
    if (line === undefined) throw new Error(`It ended without such a log line; ${this.tail()}`);
    return line;
  }

  /** To be called when everything was read: nothing is worth waiting for any more. */
  complete(): void {
    this.#isComplete = true;
    this.#waits.changed();
  }

  /** The last lines, for the message of a failure. */
  tail(): string {
    const lines = this.#text.trimEnd().split('\n').slice(-LAST_LINES);
    return `the last lines were:\n${lines.join('\n')}`;
  }

  /** Reads a stream to its end; a line is looked at once it is complete. */
  async read(stream: Readable): Promise<void> {
    let rest = '';
    stream.setEncoding('utf8');
    for await (const chunk of stream as AsyncIterable<string>) {
      this.#text += chunk;
      const lines = `${rest}${chunk}`.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.#take(line);
      // Whole lines: other processes are kept in the same file.
      if (lines.length > 0) recordPrinted(`${lines.join('\n')}\n`);
      this.#waits.changed();
    }
    if (rest !== '') this.#take(rest);
    recordPrinted(`${rest}\n`);
    this.#waits.changed();
  }

  #take(line: string): void {
    const parsed = parse(line);
    if (parsed === undefined) this.unstructured.push(line);
    else this.lines.push(parsed);
  }
}

function parse(line: string): LogLine | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as LogLine) : undefined;
  } catch {
    return undefined;
  }
}
