import type { Environment } from './process-environment.js';

export interface TextStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

const CODES = { bold: '1', dim: '2', red: '31', green: '32', yellow: '33', cyan: '36' } as const;

/** Lines for people; colours only on a terminal, and not with NO_COLOR (https://no-color.org). */
export class Output {
  private readonly colours: boolean;
  private readonly begun = performance.now();

  constructor(
    private readonly stream: TextStream,
    environment: Environment,
  ) {
    this.colours = stream.isTTY === true && !environment['NO_COLOR'];
  }

  line(text = ''): void {
    this.stream.write(`${text}\n`);
  }

  /** A line that belongs to the heading above it. */
  note(text: string): void {
    this.line(`  ${text}`);
  }

  heading(text: string): void {
    this.line(
      `\n${this.paint('bold', `▸ ${text}`)}${this.paint('dim', `  (at ${this.seconds()} s)`)}`,
    );
  }

  /** Since the demonstration began, with one decimal. */
  seconds(): string {
    return ((performance.now() - this.begun) / 1_000).toFixed(1);
  }

  paint(colour: keyof typeof CODES, text: string): string {
    return this.colours ? `\u001b[${CODES[colour]}m${text}\u001b[0m` : text;
  }
}
