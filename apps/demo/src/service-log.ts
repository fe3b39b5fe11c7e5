import { readFileSync } from 'node:fs';

type LogLine = Readonly<Record<string, unknown>>;

/** The file into which the service writes its JSON lines. */
export class ServiceLog {
  constructor(readonly path: string) {}

  /** The first line of this event. */
  find(event: string): LogLine | undefined {
    return this.lines()
      .map(parsed)
      .find((line) => line?.['event'] === event);
  }

  /** The last lines as they are, for a diagnosis. */
  tail(count: number): string[] {
    return this.lines().slice(-count);
  }

  private lines(): string[] {
    try {
      return readFileSync(this.path, 'utf8').split('\n').filter(Boolean);
    } catch {
      // It is written from the start of the service on, not before.
      return [];
    }
  }
}

/** Undefined for the half of a line that is being written, and for what Node itself has to say. */
function parsed(line: string): LogLine | undefined {
  try {
    return JSON.parse(line) as LogLine;
  } catch {
    return undefined;
  }
}
