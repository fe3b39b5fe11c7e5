import type { Kind } from './kind.js';

/** One environment variable of the service: a row of the table that everything is derived from. */
export interface Variable<T> {
  readonly kind: Kind<T>;
  /** One line, for `.env.example` and the README. */
  readonly description: string;
  readonly required: boolean;
  /** As one would write it; undefined where nothing is the default. */
  readonly fallback: string | undefined;
  /** Also read from the file that `<NAME>_FILE` names. */
  readonly secret: boolean;
}

/** What a table of variables parses to. */
export type ValuesOf<Table> = {
  readonly [Name in keyof Table]: Table[Name] extends Variable<infer T> ? T : never;
};

export function required<T>(kind: Kind<T>, description: string): Variable<T> {
  return { kind, description, required: true, fallback: undefined, secret: false };
}

export function optional<T>(kind: Kind<T>, description: string): Variable<T | undefined> {
  return { kind, description, required: false, fallback: undefined, secret: false };
}

export function withDefault<T>(kind: Kind<T>, fallback: string, description: string): Variable<T> {
  return { kind, description, required: false, fallback, secret: false };
}

/** Marks a variable that may come from a file and is never shown. */
export function confidential<T>(variable: Variable<T>): Variable<T> {
  return { ...variable, secret: true };
}
