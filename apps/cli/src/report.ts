import type { Command } from 'commander';
import type { TerminalInterface } from './terminal.interface.js';

/** What a command has to say, in both forms. */
export interface Report {
  /** What `--json` prints; its field names are relied on by other programs. */
  readonly json: object;
  readonly text: string;
}

export type Cell = string | number | boolean | Date | readonly string[] | null | undefined;

/** A column of a table: its title and the cell of a row. */
export type Column<Row> = readonly [title: string, cell: (row: Row) => Cell];

/** Adds `--json` to a command and prints what its action reports. */
export function reporting<Options>(
  command: Command,
  terminal: TerminalInterface,
  action: (options: Options) => Promise<Report>,
): void {
  command
    .option('--json', 'print JSON and nothing else')
    .action(async (options: Options & { readonly json?: true }) => {
      const report = await action(options);
      terminal.out(`${options.json ? JSON.stringify(report.json) : report.text}\n`);
    });
}

/** `key: value` lines, and below them what else there is to say. */
export function record(
  fields: Readonly<Record<string, Cell>>,
  ...sentences: readonly string[]
): string {
  const lines = Object.entries(fields).map(([key, value]) => `${key}: ${cellText(value)}`);
  return [...lines, ...sentences.flatMap((sentence) => ['', sentence])].join('\n');
}

/** `1 queue`, `2 queues`. */
export function counted(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** Columns as wide as their widest cell, or the sentence that is true of an empty list. */
export function table<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  whenEmpty: string,
): string {
  if (rows.length === 0) return whenEmpty;
  const titles = columns.map(([title]) => title.toUpperCase());
  const lines = [titles, ...rows.map((row) => columns.map(([, cell]) => cellText(cell(row))))];
  const widths = titles.map((_, i) => Math.max(...lines.map((line) => line[i]?.length ?? 0)));
  return lines
    .map((line) => line.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  '))
    .map((line) => line.trimEnd())
    .join('\n');
}

/**
 * Texts come from producers and receivers: a control character among them could move the cursor or
 * recolour the operator's terminal, an invisible one turn round what is read.
 */
function cellText(value: Cell): string {
  const text = textOf(value);
  return text === '' ? '-' : text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\ufffd');
}

function textOf(value: Cell): string {
  if (value === null || value === undefined) return '';
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'object' ? value.join(',') : String(value);
}
