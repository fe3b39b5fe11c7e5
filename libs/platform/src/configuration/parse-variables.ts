import { readText } from './certificate-file-kind.js';
import type { ConfigurationFault } from './configuration.errors.js';
import { ValueRefused } from './kind.js';
import type { ValuesOf, Variable } from './variable.js';

type Table = Readonly<Record<string, Variable<unknown>>>;

export interface ParsedVariables<T extends Table> {
  /** Incomplete where there are faults: a refused variable has no value. */
  readonly values: Partial<ValuesOf<T>>;
  /** The names that were given, as opposed to defaulted. */
  readonly given: ReadonlySet<string>;
  readonly faults: readonly ConfigurationFault[];
}

/** Reads every variable of the table and collects all faults. An empty text counts as not given. */
export function parseVariables<T extends Table>(
  table: T,
  env: NodeJS.ProcessEnv,
): ParsedVariables<T> {
  const values: Record<string, unknown> = {};
  const given = new Set<string>();
  const faults: ConfigurationFault[] = [];
  for (const [name, variable] of Object.entries(table)) {
    const source = sourceOf(name, variable, env);
    if ('fault' in source) {
      faults.push(source.fault);
      continue;
    }
    if (source.text !== undefined) given.add(name);
    const result = parseOne(name, variable, source.text ?? variable.fallback);
    if ('fault' in result) faults.push(result.fault);
    else values[name] = result.value;
  }
  return { values: values as Partial<ValuesOf<T>>, given, faults };
}

type Result<T> = T | { readonly fault: ConfigurationFault };

function sourceOf(
  name: string,
  variable: Variable<unknown>,
  env: NodeJS.ProcessEnv,
): Result<{ readonly text: string | undefined }> {
  const text = textOf(env[name], variable);
  const fileName = `${name}_FILE`;
  const path = variable.secret ? env[fileName]?.trim() : undefined;
  if (path === undefined || path === '') return { text };
  if (text !== undefined) {
    return { fault: { name: fileName, value: path, expected: `only one of ${name} and this` } };
  }
  try {
    // Editors and `echo` end a file with a newline; orchestrators mount secrets without one.
    return { text: textOf(readText(path).replace(/\r?\n$/, ''), variable) };
  } catch (error) {
    const reason = reasonOf(error);
    return { fault: { name: fileName, value: path, expected: `a readable file${reason}` } };
  }
}

function textOf(raw: string | undefined, variable: Variable<unknown>): string | undefined {
  const text = variable.kind.verbatim ? raw : raw?.trim();
  return text === '' ? undefined : text;
}

function parseOne(
  name: string,
  variable: Variable<unknown>,
  text: string | undefined,
): Result<{ readonly value: unknown }> {
  const { kind } = variable;
  if (text === undefined) {
    if (!variable.required) return { value: undefined };
    return { fault: { name, value: undefined, expected: kind.expected } };
  }
  try {
    return { value: kind.parse(text) };
  } catch (error) {
    const expected = `${kind.expected}${reasonOf(error)}`;
    return { fault: { name, value: kind.mask?.(text) ?? text, expected } };
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof ValueRefused)) throw error;
  return error.reason === undefined ? '' : ` (${error.reason})`;
}
