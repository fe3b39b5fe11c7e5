/** The operator API refused a request. */
export class OperatorRefusedError extends Error {
  /** What exactly, for example queue_not_found; else the code of the API, for example FORBIDDEN. */
  readonly code: string;

  constructor(
    message: string,
    { code, reason }: { readonly code?: unknown; readonly reason?: unknown },
  ) {
    super(message);
    this.name = 'OperatorRefusedError';
    this.code = [reason, code].find((text) => typeof text === 'string') ?? 'unknown';
  }
}

/** No answer came, or one that is none of the operator API. Names the host, never the token. */
export class OperatorApiUnavailableError extends Error {
  readonly code = 'operator_api_unavailable';

  constructor(url: string, reason: string) {
    super(`no answer from the operator API at ${url}: ${reason}`);
    this.name = 'OperatorApiUnavailableError';
  }
}

/** Over the API the token says who acts; another name would make the audit log lie. */
export class ActorNotChosenError extends Error {
  readonly code = 'actor_not_chosen';

  constructor() {
    super('--actor is for work on the database: with OPERATOR_API_URL the token says who acts');
    this.name = 'ActorNotChosenError';
  }
}
