/** Where a command writes. With `--json` standard output carries that JSON and nothing else. */
export interface TerminalInterface {
  /** Standard output. */
  out(text: string): void;
  /** Standard error: faults and warnings. */
  err(text: string): void;
}
