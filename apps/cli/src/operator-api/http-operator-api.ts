import { setTimeout as pause } from 'node:timers/promises';
import type { TerminalInterface } from '../terminal.interface.js';
import { OperatorApiUnavailableError, OperatorRefusedError } from './operator-api.errors.js';
import type { OperatorApi } from './operator-api.interface.js';

/** An action may wait for the lease of a replica that was killed: 30 s by default. */
const DEADLINE_MS = 120_000;

/** Limits in a row that are waited for: a long list takes more requests than a minute has. */
const MOST_WAITS = 5;
const LONGEST_WAIT_S = 60;

interface GraphqlAnswer {
  readonly data?: unknown;
  readonly errors?: readonly {
    readonly message: string;
    readonly extensions?: Readonly<Record<string, unknown>>;
  }[];
}

/** What is asked, and where a wait is told of. */
export interface HttpOperatorApiOptions {
  /** Of the API; the path of the operator API is added. */
  readonly url: string;
  readonly token: string;
  readonly terminal: TerminalInterface;
}

/** The operator API of a running service. */
export class HttpOperatorApi implements OperatorApi {
  private readonly endpoint: URL;

  constructor(private readonly options: HttpOperatorApiOptions) {
    const { url } = options;
    this.endpoint = new URL('operator/graphql', url.endsWith('/') ? url : `${url}/`);
  }

  async execute<Data>(query: string, variables: Readonly<Record<string, unknown>>): Promise<Data> {
    const body = JSON.stringify({ query, variables });
    for (let waits = 0; ; waits += 1) {
      const answer = await this.post(body);
      // Nothing was done, so that it may be asked again.
      if (answer.status === 429 && waits < MOST_WAITS) await this.wait(answer);
      else return dataOf<Data>(await this.read(answer));
    }
  }

  private async post(body: string): Promise<Response> {
    try {
      return await fetch(this.endpoint, {
        method: 'POST',
        body,
        headers: {
          Authorization: `Bearer ${this.options.token}`,
          'Content-Type': 'application/json',
        },
        // The token is for nobody else.
        redirect: 'error',
        signal: AbortSignal.timeout(DEADLINE_MS),
      });
    } catch (error) {
      throw this.unavailable(reasonOf(error));
    }
  }

  private async wait(answer: Response): Promise<void> {
    const seconds = Math.min(LONGEST_WAIT_S, Number(answer.headers.get('retry-after') ?? 1));
    await answer.body?.cancel();
    if (seconds > 2) this.options.terminal.err(`The API asks to wait ${seconds} s.\n`);
    await pause(seconds * 1_000);
  }

  private async read(answer: Response): Promise<GraphqlAnswer> {
    let parsed: unknown;
    try {
      parsed = JSON.parse(await answer.text());
    } catch {
      throw this.unavailable(`status ${answer.status} without a GraphQL answer`);
    }
    if (typeof parsed === 'object' && parsed !== null) return parsed;
    throw this.unavailable(`status ${answer.status} without a GraphQL answer`);
  }

  private unavailable(reason: string): OperatorApiUnavailableError {
    return new OperatorApiUnavailableError(this.endpoint.href, reason);
  }
}

function dataOf<Data>({ data, errors = [] }: GraphqlAnswer): Data {
  const [error] = errors;
  if (error) throw new OperatorRefusedError(error.message, error.extensions ?? {});
  return data as Data;
}

/** `fetch` says "fetch failed"; what it was stands in the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `none within ${DEADLINE_MS / 1_000} s`;
  const { cause } = error;
  if (cause instanceof AggregateError) return reasonOf(cause.errors[0]);
  return cause instanceof Error ? cause.message : error.message;
}
