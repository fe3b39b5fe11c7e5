/** One file of the repository that is written by a program, in whole or in part. */
export interface Generator {
  /** Path from the root of the repository. */
  readonly file: string;
  /** What a person types to write the file again. */
  readonly command: string;
  /** Gives the whole text. It is given the present text, empty where there is no file yet. */
  generate(present: string): string | Promise<string>;
}
