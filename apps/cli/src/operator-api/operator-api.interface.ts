/** The operator API, over HTTP or on the database. */
export interface OperatorApi {
  /** Throws OperatorRefusedError where the API says why not, else what went wrong on the way. */
  execute<Data>(document: string, variables: Readonly<Record<string, unknown>>): Promise<Data>;
}
