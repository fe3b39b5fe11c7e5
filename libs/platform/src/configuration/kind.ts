/** How the text of an environment variable becomes a value, and what a person has to write. */
export interface Kind<T> {
  /** Completes "expected …". */
  readonly expected: string;
  /** @throws ValueRefused where the text is not of this kind. */
  parse(text: string): T;
  /** White space around the text belongs to the value, as in a password. */
  readonly verbatim?: boolean;
  /** What may be shown of a refused value; a kind without this is shown whole. */
  mask?(text: string): string;
}

/** The text is not of its kind. The reason is added to the expectation where it says more. */
export class ValueRefused extends Error {
  override readonly name = 'ValueRefused';

  constructor(readonly reason?: string) {
    super(reason);
  }
}
