import type { Figure } from './figure.js';

const HEADINGS = ['scenario', 'figure', 'value', 'spread', 'limit', 'goal', ''];

/** The figures as text; columns of numbers are flush right. */
export function tableOf(figures: readonly Figure[]): string {
  const rows = [HEADINGS, ...figures.map(rowOf)];
  const widths = HEADINGS.map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return column >= 2 && column <= 3 ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd();
  const [headings = [], ...body] = rows;
  return [line(headings), widths.map((width) => '─'.repeat(width)).join('  '), ...body.map(line)]
    .join('\n')
    .concat('\n');
}

function rowOf({ scenario, name, unit, limit, goal, ...numbers }: Figure): string[] {
  const { value, least, most, values } = numbers;
  return [
    scenario,
    name,
    `${numberOf(value)} ${unit}`.trim(),
    values.length > 1 ? `${numberOf(least)} … ${numberOf(most)}` : '',
    limit ? `${numberOf(limit.value)} ${limit.name}` : '',
    goal ? `${goal.is} ${goal.value}` : '',
    goal ? (goal.met ? 'met' : 'not met') : '',
  ];
}

/** Three digits that count, more before the point. */
function numberOf(value: number): string {
  if (Math.abs(value) >= 100) return String(Math.round(value));
  return value.toPrecision(3);
}
