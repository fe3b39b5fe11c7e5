import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const DOCUMENTS = join(import.meta.dirname, '../../../../../docs');

/** The host that the documentation writes wherever the API is meant. */
export const DOCUMENTED_HOST = 'https://webhooks.example.com';

/** The id that the documentation writes wherever a webhook of the reader is meant. */
export const DOCUMENTED_WEBHOOK_ID = '1f8c6a0e-6f0d-4b7c-9d6e-0a1b2c3d4e5f';

interface Block {
  readonly language: string;
  readonly name: string;
  readonly text: string;
}

/** A document with its fenced blocks (```language name) and its tables. */
export class ApiDocument {
  readonly #text: string;
  readonly blocks: readonly Block[];

  constructor(file: 'API.md' | 'API_ERRORS.md' | 'OPERATOR_API.md') {
    this.#text = readFileSync(join(DOCUMENTS, file), 'utf8');
    this.blocks = [...this.#text.matchAll(/^```(\S+) *(\S*)\n(.*?)^```$/gms)].map(
      ([, language = '', name = '', text = '']) => ({ language, name, text }),
    );
  }

  /** @throws Error where there is no such block. */
  block(language: string, name: string): string {
    const found = this.blocks.find((each) => each.language === language && each.name === name);
    if (!found) throw new Error(`there is no block \`${language} ${name}\``);
    return found.text;
  }

  /** What stands under a heading of the second level. @throws Error where there is no such heading. */
  section(heading: string): string {
    const [, below] = this.#text.split(`\n## ${heading}\n`);
    if (below === undefined) throw new Error(`there is no heading "${heading}"`);
    return below.split('\n## ')[0] ?? '';
  }

  /** Cells without back quotes, of the table behind the comment `errors: <name>`. */
  table(name: string): string[][] {
    const [, below = ''] = this.#text.split(`<!-- errors: ${name} -->\n\n`);
    const [table = ''] = below.split('\n\n');
    return table
      .trim()
      .split('\n')
      .slice(2)
      .map((line) => cellsOf(line));
  }
}

function cellsOf(line: string): string[] {
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim().replaceAll('`', ''));
}

/** A documented text as a pattern: `…` stands for what varies. */
export function patternOf(documented: string): RegExp {
  const literal = documented.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`);
  return new RegExp(`^${literal.replaceAll('…', '.+')}$`, 's');
}

/** What a JSON value is made of: names and types, and nothing that varies. */
export function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map(shapeOf);
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, shapeOf(part)]));
}
