import { VARIABLE_GROUPS, type Variable } from '@app/platform';

const BEGIN = '<!-- configuration table: generated, do not edit -->';
const END = '<!-- end of the configuration table -->';

/** The part of the README between the two marks; the rest of the file is left as it is. */
export const configurationTable = {
  file: 'README.md',
  command: 'npm run generate',
  generate: withConfigurationTable,
};

/**
 * Replaces what stands between the marks.
 * @throws Error where the marks are missing.
 */
export function withConfigurationTable(readme: string): string {
  const begin = readme.indexOf(BEGIN);
  const end = readme.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`README.md lacks the marks "${BEGIN}", "${END}"`);
  const before = readme.slice(0, begin + BEGIN.length);
  return `${before}\n\n${configurationTableText()}\n\n${readme.slice(end)}`;
}

/** A Markdown table with aligned columns, as the formatter writes it. */
export function configurationTableText(): string {
  const body = VARIABLE_GROUPS.flatMap(({ variables }) =>
    Object.entries<Variable<unknown>>(variables).map(row),
  );
  const cells = [['Variable', 'Default', 'Value', 'Meaning'], ...body];
  const widths = [0, 1, 2, 3].map((column) =>
    Math.max(...cells.map((line) => line[column]?.length ?? 0)),
  );
  const rule = widths.map((width) => '-'.repeat(width));
  const [heading = [], ...rest] = cells;
  return [heading, rule, ...rest].map((line) => tableLine(line, widths)).join('\n');
}

function row([name, variable]: readonly [string, Variable<unknown>]): string[] {
  const { fallback, kind, description, secret } = variable;
  const file = secret ? `<br>or \`${name}_FILE\`` : '';
  const preset = variable.required ? '**required**' : fallback ? `\`${fallback}\`` : '';
  return [`\`${name}\`${file}`, preset, kind.expected, description].map(escaped);
}

/** A bare `<…>` would be read as HTML, and `|` as the end of the cell. */
function escaped(cell: string): string {
  return cell.replaceAll('|', '\\|').replaceAll('<id>', '`<id>`').replaceAll('_/', '\\_/');
}

function tableLine(cells: readonly string[], widths: readonly number[]): string {
  return `| ${cells.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join(' | ')} |`;
}
